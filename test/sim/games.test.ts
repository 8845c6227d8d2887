/**
 * Short games against the engine by the thousand, see src/sim/game.ts. `VIGIL_GAMES=1000000 npx vitest run --project sim
 * test/sim/games.test.ts` plays more of them.
 */

import { expect, it } from "vitest";
import { playGame } from "../../src/sim/game.js";

const games = Number(process.env.VIGIL_GAMES ?? 10_000);

it(`${games} games: time moves, and nothing is sent more often than it is configured`, {
  timeout: 36e6,
}, () => {
  const broken: string[] = [];
  let attempts = 0;
  for (let seed = 1; seed <= games && broken.length < 5; seed++) {
    const { violation, story, attempts: sent } = playGame(seed);
    attempts += sent;
    if (violation !== undefined) broken.push(`game ${seed}: ${violation}\n  ${story.join("\n  ")}`);
  }
  expect(broken.join("\n")).toBe("");
  expect(attempts, "games in which nothing is sent would break nothing").toBeGreaterThan(games * 10);
});

it("the same seed gives the same game", () => {
  for (let seed = 1; seed <= 20; seed++) expect(playGame(seed)).toEqual(playGame(seed));
});
