// Reads HTML as strictly as a test needs it: every tag of what the renderer wrote, with its attributes.

export interface HtmlTag {
  name: string;
  closing: boolean;
  /** Written as `<rect/>`. */
  empty: boolean;
  attributes: Record<string, string>;
}

/** The tags in order; throws at a `<` that begins none and at a tag that is not written plainly. */
export function tagsOf(html: string): HtmlTag[] {
  const found: HtmlTag[] = [];
  for (let at = html.indexOf("<"); at >= 0; at = html.indexOf("<", at)) {
    const tag = /^<(\/?)([a-z][a-z0-9]*)((?: [a-zA-Z-]+(?:="[^"<>]*")?)*)(\/?)>/.exec(html.slice(at, at + 10_000));
    if (tag === null) throw new Error(`no tag: ${html.slice(at, at + 80)}`);
    const [whole, slash, name = "", attributes = "", empty] = tag;
    const pairs = [...attributes.matchAll(/ ([a-zA-Z-]+)(?:="([^"]*)")?/g)].map(([, key = "", value = ""]) => [
      key,
      value,
    ]);
    found.push({ name, closing: slash === "/", empty: empty === "/", attributes: Object.fromEntries(pairs) });
    at += whole.length;
  }
  return found;
}

/** Throws if an element is not closed where it has to be. */
export function checkBalance(tags: readonly HtmlTag[]): void {
  const open: string[] = [];
  for (const { name, closing, empty } of tags) {
    if (empty || VOID.has(name)) continue;
    if (!closing) open.push(name);
    else {
      const last = open.pop();
      if (last !== name) throw new Error(`</${name}> closes <${last}>`);
    }
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(" ")}`);
}

const VOID = new Set(["br", "hr", "meta", "link", "img", "input"]);
