// The key of the API: it comes in the address's fragment, leaves the address at once, and stays in this tab's session.

const NAME = "clinvk-key";

/** Moves a key out of `#key=…`; to be called before anything else looks at the address. */
export function takeKeyFromAddress(): void {
  const [, key] = /^#key=([^&]+)/.exec(location.hash) ?? [];
  if (key === undefined) return;
  keepKey(decodeURIComponent(key));
  history.replaceState(null, "", `${location.pathname}${location.search}#/`);
}

export function keepKey(key: string): void {
  sessionStorage.setItem(NAME, key);
}

export function keptKey(): string | undefined {
  return sessionStorage.getItem(NAME) ?? undefined;
}
