// A person's choices, kept in this browser. It keeps no data of runs.
import { useState } from "preact/hooks";

/** One of some choices; the first is the default. */
export function usePreference<T extends string>(name: string, choices: readonly [T, ...T[]]): [T, (choice: T) => void] {
  const key = `clinvk-${name}`;
  const [choice, setChoice] = useState<T>(() => choices.find((one) => one === read(key)) ?? choices[0]);
  const choose = (next: T) => {
    setChoice(next);
    try {
      localStorage.setItem(key, next);
    } catch {
      // The browser stores nothing: the choice lasts as long as this page.
    }
  };
  return [choice, choose];
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
