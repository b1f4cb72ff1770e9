// The key of the API: it comes in the address's fragment, leaves the address at once, and stays in this tab's session.

const NAME = "clinvk-key";

/** Takes a key out of `#key=…`, so that nothing else sees it in the address; `undefined` = there is none. */
export function takeKeyFromAddress(): string | undefined {
  const [, written] = /^#key=([^&]+)/.exec(location.hash) ?? [];
  if (written === undefined) return undefined;
  history.replaceState(null, "", `${location.pathname}${location.search}#/`);
  try {
    return decodeURIComponent(written);
  } catch {
    // Half of an escape: then it was not escaped.
    return written;
  }
}

export function keepKey(key: string): void {
  sessionStorage.setItem(NAME, key);
}

export function keptKey(): string | undefined {
  return sessionStorage.getItem(NAME) ?? undefined;
}
