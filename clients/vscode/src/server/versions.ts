/** Versions of hfs-server: how they are read and compared. */

/** The oldest server that this extension works with. */
export const MINIMUM_VERSION = "0.1.0";

/** The version in the answer to `hfs-server --version`, if it is one. */
export function versionIn(output: string): string | undefined {
  return /^hfs-server (\d+\.\d+\.\d+\S*)\s*$/m.exec(output)?.[1];
}

/** Whether a version is the minimum or later; anything else than a version is not. */
export function isRecent(version: string, minimum: string = MINIMUM_VERSION): boolean {
  const found = numbers(version);
  const wanted = numbers(minimum);
  for (const [index, number] of wanted.entries()) {
    const other = found[index] ?? -1;
    if (other !== number) {
      return other > number;
    }
  }
  return true;
}

function numbers(version: string): number[] {
  return (/^\d+\.\d+\.\d+/.exec(version)?.[0] ?? "").split(".").filter(Boolean).map(Number);
}
