/** The daemon's services as a list: started in order, stopped backwards, changed together or not at all. */

import { expect, it } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import type { Service, ServiceCommit } from "../../../src/daemon/service.js";
import { ChangeRefused, Services } from "../../../src/daemon/services.js";

const named = (name: string) => parseConfig(`global_defs {\nrouter_id ${name}\n}\n`).config;

/** What the services of a test did, in order. */
class Story {
  readonly words: string[] = [];

  take(): string[] {
    return this.words.splice(0);
  }

  info(text: string): void {
    this.words.push(`log ${text}`);
  }

  service(name: string, differences: Partial<Service> & { readonly change?: ServiceCommit } = {}): Service {
    const { change, ...rest } = differences;
    const say = (what: string) => void this.words.push(`${name} ${what}`);
    return {
      name,
      start: async () => void say("starts") as undefined,
      prepare: async ({ global }) => {
        say(`prepares ${global.routerId}`);
        return {
          commit: () => say("commits"),
          abandon: () => say("abandons"),
          finish: () => say("finishes"),
          ...change,
        };
      },
      stop: async () => say("stops"),
      ...rest,
    };
  }
}

async function running(story: Story, ...services: readonly Service[]): Promise<Services> {
  const all = new Services(services, story);
  await all.start(named("old"));
  story.take();
  return all;
}

it("starts in order and stops backwards; of a start that fails nothing stays", async () => {
  const story = new Story();
  const services = new Services([story.service("a"), story.service("b")], story);
  await services.start(named("old"));
  await services.stop();
  expect(story.take()).toEqual(["a starts", "b starts", "b stops", "a stops"]);
  const failing = story.service("b", { start: () => Promise.reject(new Error("no")) });
  await expect(
    new Services([story.service("a"), failing, story.service("c")], story).start(named("old")),
  ).rejects.toThrow("no");
  expect(story.take()).toEqual(["a starts", "a stops"]);
});

it("all prepare before the first commits, and let go when all have committed", async () => {
  const story = new Story();
  const placed = story.service("a", { change: { config: named("placed"), commit: () => {} } });
  const services = await running(story, placed, story.service("b"), story.service("c"));
  await services.change(named("new"), ({ global }) => story.words.push(`adopts ${global.routerId}`));
  expect(story.take()).toEqual([
    "a prepares new",
    "b prepares placed",
    "c prepares placed",
    "adopts placed",
    "b commits",
    "c commits",
    "a finishes",
    "b finishes",
    "c finishes",
  ]);
});

it("one that cannot prepare changes nothing: what was prepared is undone, last first", async () => {
  const story = new Story();
  const failing = story.service("c", { prepare: () => Promise.reject(new Error("no such user")) });
  const services = await running(story, story.service("a"), story.service("b"), failing, story.service("d"));
  const change = services.change(named("new"), () => story.words.push("adopts"));
  await expect(change).rejects.toThrow(new ChangeRefused("c: no such user"));
  expect(story.take()).toEqual(["a prepares new", "b prepares new", "b abandons", "a abandons"]);
});

it("a commit that fails against its promise is told, and keeps no other from its part", async () => {
  const story = new Story();
  const broken = story.service("a", { change: { commit: () => Promise.reject(new Error("ours")) } });
  const services = await running(story, broken, story.service("b"));
  await services.change(named("new"), () => {});
  expect(story.take()).toEqual([
    "a prepares new",
    "b prepares new",
    "log a: ours",
    "b commits",
    "a finishes",
    "b finishes",
  ]);
});

it("a stop refuses a change that is being prepared, and nothing that was stopped begins anew", async () => {
  const story = new Story();
  let release: () => void = () => {};
  const wait = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = story.service("b", {
    prepare: async () => {
      await wait;
      return { commit: () => {} };
    },
  });
  const services = await running(story, story.service("a"), slow, story.service("c"));
  const change = services.change(named("new"), () => story.words.push("adopts"));
  await new Promise(setImmediate);
  await services.stop();
  release();
  await expect(change).rejects.toThrow("the daemon is being stopped");
  expect(story.take()).toEqual(["a prepares new", "c stops", "b stops", "a stops", "a abandons"]);

  let acknowledge: () => void = () => {};
  const engine = story.service("engine", {
    change: {
      commit: () =>
        new Promise<void>((resolve) => {
          acknowledge = resolve;
        }),
    },
  });
  const others = await running(story, engine, story.service("schedule"));
  const second = others.change(named("new"), () => {});
  await new Promise(setImmediate);
  await others.stop();
  acknowledge();
  await second;
  expect(story.take()).not.toContain("schedule commits");
});
