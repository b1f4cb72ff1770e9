// The routes that need no key: the dashboard's files and the documentation. They hold no data of a user.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { DOCS_CSP, docsPage } from "../http/docs-page.js";
import { DASHBOARD_CSP } from "../http/headers.js";
import { openApi } from "../http/openapi.js";
import { problem } from "../http/problem.js";
import type { AppContext, Route } from "../http/route.js";
import type { Services } from "../services.js";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
};

const NOT_BUILT = "the dashboard was not built; `npm run build` builds it, and /docs lists what there is without it";

/** The documents describe `routes` and these pages. */
export function pagesRoutes({ web_dir, version }: Services, routes: readonly Route[]): Route[] {
  const files = new Map(web_dir === undefined ? [] : filesBelow(web_dir).map((path) => [toUrl(web_dir, path), path]));
  const pages: Route[] = [
    {
      method: "get",
      path: "/",
      tag: "Pages",
      summary: "The dashboard",
      open: true,
      answers: { 200: { description: "A page.", type: "text/html" } },
      errors: ["not_found"],
      handle: (c) => file(c, files.get("/index.html"), NOT_BUILT),
    },
    {
      method: "get",
      path: "/assets/{file*}",
      tag: "Pages",
      summary: "The dashboard's files",
      open: true,
      answers: { 200: { description: "A file.", type: "application/octet-stream" } },
      errors: ["not_found"],
      handle: (c) => file(c, files.get(c.req.path), "there is no such file"),
    },
    {
      method: "get",
      path: "/openapi.json",
      tag: "Pages",
      summary: "This API as an OpenAPI 3.1 document",
      open: true,
      answers: { 200: { description: "The document.", type: "application/json" } },
      handle: (c) => c.json(openApi([...routes, ...pages], version)),
    },
    {
      method: "get",
      path: "/docs",
      tag: "Pages",
      summary: "This API as a page",
      open: true,
      answers: { 200: { description: "A page.", type: "text/html" } },
      handle: (c) => c.html(docsPage([...routes, ...pages], version), 200, { "Content-Security-Policy": DOCS_CSP }),
    },
  ];
  return pages;
}

/** Reads only files of the list: no path leads out of it. */
function file(c: AppContext, path: string | undefined, missing: string): Response {
  if (path === undefined) return problem(c, "not_found", missing);
  const type = TYPES[extname(path)] ?? "application/octet-stream";
  // The names of assets change with their content.
  const cache = type.startsWith("text/html") ? "no-cache" : "public, max-age=31536000, immutable";
  const headers = { "Content-Type": type, "Cache-Control": cache, "Content-Security-Policy": DASHBOARD_CSP };
  return c.body(readFileSync(path), 200, headers);
}

function filesBelow(dir: string): string[] {
  const entries = readdirSync(dir, { recursive: true, encoding: "utf8" }).map((name) => join(dir, name));
  return entries.filter((path) => statSync(path).isFile());
}

function toUrl(dir: string, path: string): string {
  return `/${relative(dir, path).split(sep).join("/")}`;
}
