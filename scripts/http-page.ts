// docs/reference/http.md: every route of the server, from the OpenAPI document that it serves.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { emptyConfig } from "../src/config/load.js";
import { createLog } from "../src/server/http/log.js";
import { openApi } from "../src/server/http/openapi.js";
import { allRoutes } from "../src/server/routes/all.js";
import { makeServices } from "../src/server/services.js";
import { serverSettings } from "../src/server/settings.js";
import { cell } from "./schema-tables.js";

interface Content {
  content?: Record<string, { schema: { $ref?: string } }>;
}

interface Operation {
  tags: string[];
  summary: string;
  description?: string;
  /** Present = no key is needed. */
  security?: [];
  parameters: { in: string; name: string; description?: string; required?: boolean }[];
  requestBody?: Content & { required: boolean };
  responses: Record<string, Content & { description: string; headers?: Record<string, { description: string }> }>;
}

interface Document {
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
}

/** The whole page. */
export function httpPage(): string {
  const { tags, paths } = document();
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ title: `${method.toUpperCase()} ${path}`, operation })),
  );
  const groups = tags.map(({ name }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name));
    return `\n## ${name}\n${own.map(({ title, operation }) => section(title, operation)).join("")}`;
  });
  return `<!-- Made by \`npm run gen\` from the routes in src/server/routes. -->

# The HTTP API

The [guide](../guide/http.md) tells how to use it. A running server has the same at \`/docs\`, and as an OpenAPI 3.1 document with the shapes of all
bodies at \`/openapi.json\`. \`TaskFile\` is the [task file](task-file.md), \`RunEvent\` an [event](events.md).
${groups.join("")}`;
}

/** No server is started for it: what the routes would work with is never asked. */
function document(): Document {
  const nowhere = join(tmpdir(), "clinvk-reference");
  const config = emptyConfig(nowhere);
  const services = makeServices({
    version: "",
    config,
    settings: serverSettings(config, {}),
    log: createLog({ write: () => {}, tty: false }),
    env: {},
    cwd: nowhere,
    offline: false,
  });
  return openApi(allRoutes(services), "") as unknown as Document;
}

function section(title: string, operation: Operation): string {
  const { summary, description, security, parameters, requestBody, responses } = operation;
  const rows = [
    ...parameters
      .filter(({ description }) => description)
      .map((one) => [`\`${one.name}\` (${one.in})`, one.description ?? ""]),
    ...(requestBody ? [["body", `${shapeOf(requestBody)}${requestBody.required ? "" : ", or none"}`]] : []),
    ...Object.entries(responses).map(([status, one]) => [
      status,
      [
        one.description,
        shapeOf(one),
        ...Object.entries(one.headers ?? {}).map(([name, about]) => `\`${name}\`: ${about.description}`),
      ]
        .filter((part) => part !== "")
        .join(" · "),
    ]),
  ];
  const table = rows.map(([name = "", text = ""]) => `| ${name} | ${cell(text)} |\n`);
  const about = [`${summary}${security ? " (no key needed)" : ""}.`, ...(description ? [description] : [])].join(" ");
  return `\n### ${title}\n\n${about}\n\n| | |\n|---|---|\n${table.join("")}`;
}

/** `RunDetail`, or the type of something that is no JSON document. */
function shapeOf({ content = {} }: Content): string {
  return Object.entries(content)
    .map(([type, { schema }]) =>
      schema.$ref ? `\`${schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1)}\`` : `\`${type}\``,
    )
    .join(", ");
}
