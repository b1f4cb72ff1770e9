// The key of the API: the page moves it from the address's fragment to this tab's session storage.

const NAME = "clinvk-key";

/** Removes the key from `#key=…` and returns it, so that nothing else sees it; `undefined` = there is none. */
export function takeKeyFromAddress(): string | undefined {
  const [, written] = /^#key=([^&]+)/.exec(location.hash) ?? [];
  if (written === undefined) return undefined;
  history.replaceState(null, "", `${location.pathname}${location.search}#/`);
  try {
    return decodeURIComponent(written);
  } catch {
    // Not a valid escape, so the key was not escaped.
    return written;
  }
}

export function keepKey(key: string): void {
  sessionStorage.setItem(NAME, key);
}

export function keptKey(): string | undefined {
  return sessionStorage.getItem(NAME) ?? undefined;
}
