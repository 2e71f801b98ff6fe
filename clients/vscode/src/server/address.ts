/** Which texts of settings are addresses of stores on a server, and no paths. */

/** What the server takes for an address, though perhaps a wrong one: the pattern is the server's. */
export const MEANT = new RegExp(
  [
    String.raw`^[\s'"]*(?:`,
    String.raw`(?:jdbc:)?(?:postgres\w*|psql|pgsql|mysql|mariadb)(?:\+\w+)?:`,
    String.raw`|(?:password|dbname|service)\s*=`,
    String.raw`|(?:host|hostaddr|port|user|sslmode|passfile)\s*=.*\s\w+\s*=`,
    ")",
  ].join(""),
  "is",
);

/** Whether the text is meant as an address; it may hold a password, also if it is a wrong one. */
export function isAddress(text: string): boolean {
  return MEANT.test(text);
}

/** Whether an argument is an address, or an option with one as its value. */
export function holdsAddress(argument: string): boolean {
  return isAddress(argument.replace(/^-[^=]*=/, ""));
}

/** An argument as a log may show it. */
export function shownArgument(argument: string): string {
  return holdsAddress(argument) ? "…" : argument;
}

/** A setting as a bug report may show it. */
export function shownSetting(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(shownSetting);
  }
  return typeof value === "string" ? shownArgument(value) : value;
}
