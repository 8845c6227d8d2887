/**
 * HTTPS servers that are well until SIGUSR2, and then each goes wrong in its own way. Argument: folder with server.crt, server.key,
 * expired.crt. Ports from 7001 on, in the order of the list at the end.
 */

import { readFileSync } from "node:fs";
import { createServer as createHttps } from "node:https";
import { createServer as createTcp } from "node:net";

const [directory] = process.argv.slice(2);
const read = (name) => readFileSync(`${directory}/${name}`);
const key = read("server.key");

function start(port, turnBad) {
  let answer = (response) => response.end("ok");
  const server = createHttps(
    { key, cert: read("server.crt"), keepAliveTimeout: 60_000 },
    (_request, response) => answer(response),
  );
  server.listen(port, "127.0.0.1");
  process.on("SIGUSR2", () =>
    turnBad(server, port, (wrong) => {
      answer = wrong;
    }),
  );
}

const ways = [
  function hangs(_server, _port, answerBy) {
    answerBy(() => {});
  },
  function answers500(_server, _port, answerBy) {
    answerBy((response) => {
      response.writeHead(500);
      response.end("[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n");
    });
  },
  function isSlow(_server, _port, answerBy) {
    answerBy((response) => setTimeout(() => response.end("ok"), 5_000));
  },
  function refuses(server) {
    server.close();
    server.closeAllConnections();
  },
  function expires(server) {
    server.setSecureContext({ key, cert: read("expired.crt") });
    server.closeAllConnections();
  },
  function isReplaced(server, port) {
    server.close(() =>
      createTcp((socket) => {
        socket.on("error", () => {});
        socket.write("SSH-2.0-OpenSSH_9.2\r\n");
      }).listen(port, "127.0.0.1"),
    );
    server.closeAllConnections();
  },
];
for (const [index, way] of ways.entries()) start(7001 + index, way);
console.log("listening");
