// Reads [{name, text}] from stdin, has each checked by the Flux language server, and writes [{name, line, column, message}].
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

// The language server logs where the findings go.
console.log = console.info = console.debug = console.error;
const require = createRequire(process.argv[2] + "/");
const { Flux, Lsp } = require("@influxdata/flux-lsp-node");
// What Grafana puts in when it sends a query.
const GIVEN =
  'option v = {timeRangeStart: -1h, timeRangeStop: now(), windowPeriod: 1m, defaultBucket: "bucket", organization: "home"}';
const PATIENCE = 200;

const diagnostics = new Map();
const server = new Lsp();
server.onMessage((message) => {
  const { method, params } = JSON.parse(message);
  if (method === "textDocument/publishDiagnostics") diagnostics.set(params.uri, params.diagnostics);
});
server.run();
let sent = 0;
const send = (message) => server.send(JSON.stringify({ jsonrpc: "2.0", ...message }));
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

await send({ id: ++sent, method: "initialize", params: { capabilities: {} } });
await send({ method: "initialized", params: {} });

const withGiven = (text) => {
  const lines = text.split("\n");
  const at = lines.findLastIndex((line) => /^\s*(import|package)\b/.test(line)) + 1;
  if (!/\bv\.\w+/.test(text) || /option\s+v\s*=/.test(text)) return { text, at: Infinity };
  lines.splice(at, 0, GIVEN);
  return { text: lines.join("\n"), at };
};

const check = async ({ name, text: written }) => {
  const { text, at } = withGiven(written);
  // Files of one folder are one package, in which an option may be set once.
  const uri = `file:///query${++sent}/main.flux`;
  await send({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId: "flux", version: 1, text } } });
  for (let waited = 0; waited < PATIENCE && !diagnostics.has(uri); waited += 5) await pause(5);
  const said = (diagnostics.get(uri) ?? []).filter(({ severity }) => (severity ?? 1) === 1);
  const found = said.map(({ range, message }) => ({
    name,
    line: range.start.line + (range.start.line >= at ? 0 : 1),
    column: range.start.character + 1,
    message,
  }));
  if (found.length === 0 && !new Flux(text).is_valid()) found.push({ name, line: 1, column: 1, message: "is not valid" });
  return found;
};

const findings = [];
for (const query of JSON.parse(readFileSync(0, "utf8"))) findings.push(...(await check(query)));
process.stdout.write(JSON.stringify(findings), () => process.exit(0));
