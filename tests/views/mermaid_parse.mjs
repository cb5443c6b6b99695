// Parses a flowchart on standard input with Mermaid itself; prints its type, or why it does not parse.
// The first argument is a node_modules folder that holds mermaid and jsdom.
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const modules = process.argv[2];
const load = (...parts) => import(pathToFileURL(join(modules, ...parts)).href);
const { JSDOM } = (await load("jsdom", "lib", "api.js")).default;
globalThis.window = new JSDOM("<!doctype html><body></body>").window;
globalThis.document = window.document;
const mermaid = (await load("mermaid", "dist", "mermaid.core.mjs")).default;
mermaid.initialize({ startOnLoad: false, maxEdges: 1e6, maxTextSize: 1e8 });
try {
  console.log((await mermaid.parse(readFileSync(0, "utf8"))).diagramType);
  process.exit(0);
} catch (error) {
  console.log(String(error).slice(0, 500));
  process.exit(1);
}
