// Makes `/docs`, the OpenAPI document as a page for people. No script; one style sheet inside the page.
import { createHash } from "node:crypto";
import { pageCsp } from "./headers.js";
import type { Route } from "./route.js";

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; }
section { border-top: 1px solid #8886; padding: 0.5rem 0; }
h3 { font-size: 1rem; margin: 0.5rem 0; overflow-wrap: anywhere; }
h3 b { display: inline-block; min-width: 4rem; }
table { border-collapse: collapse; width: 100%; }
td { padding: 0.1rem 0.75rem 0.1rem 0; vertical-align: top; }
td:first-child { white-space: nowrap; }
code { font-family: ui-monospace, monospace; font-size: 0.9em; }
`;

export const DOCS_CSP = pageCsp(createHash("sha256").update(STYLE).digest("base64"));

/** The page for these routes. */
export function docsPage(routes: readonly Route[], version: string): string {
  const tags = [...new Set(routes.map((route) => route.tag))];
  const parts = tags.map(
    (tag) =>
      `<h2>${tag}</h2>${routes
        .filter((route) => route.tag === tag)
        .map(section)
        .join("")}`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>clinvk HTTP API</title>
<style>${STYLE}</style>
</head>
<body>
<h1>clinvk HTTP API</h1>
<p>Version ${escaped(version)}. For programs: <a href="/openapi.json">/openapi.json</a> has everything, the shapes of all bodies
included. A key is given in the header <code>X-API-Key</code>, or as <code>Authorization: Bearer</code>.</p>
${parts.join("\n")}
</body>
</html>
`;
}

function section({ method, path, summary, description, open, parameters = [], body, answers }: Route): string {
  const rows = [
    ...parameters.map((one) => [`${one.name} (${one.in})`, one.description]),
    ...(body ? [["body", `${body.schema}${body.required ? "" : ", or none"}`]] : []),
    ...Object.entries(answers).map(([status, one]) => [status, `${one.description} ${one.schema ?? one.type ?? ""}`]),
  ];
  const table = rows.map(([name = "", text = ""]) => `<tr><td>${marked(name)}</td><td>${marked(text)}</td></tr>`);
  return `<section>
<h3><b>${method.toUpperCase()}</b> <code>${escaped(path)}</code></h3>
<p>${marked(summary)}${open ? " (no key needed)" : ""}${description ? `. ${marked(description)}` : ""}</p>
<table>${table.join("")}</table>
</section>`;
}

/** Text with `code` in it. */
function marked(text: string): string {
  return escaped(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

function escaped(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replaceAll(/[&<>"]/g, (found) => names[found] ?? found);
}
