// Finds the longest rising part of a list of numbers: what is left in order when some of them were moved.

/** The places of the longest strictly rising subsequence. O(n log n), by patience sorting. */
export function longestRising(numbers: readonly number[]): number[] {
  /** `ends[k]`: the place of the smallest number with which a rising part of length k + 1 ends. */
  const ends: number[] = [];
  const before: (number | undefined)[] = [];
  for (const [place, value] of numbers.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Number(numbers[ends[middle] ?? 0]) < value) low = middle + 1;
      else high = middle;
    }
    before.push(ends[low - 1]);
    ends[low] = place;
  }
  const found: number[] = [];
  for (let place = ends.at(-1); place !== undefined; place = before[place]) found.push(place);
  return found.reverse();
}
