/** Texts for a bug report, without what names a person. */

export interface Person {
  /** The home folder, and where it really is. */
  homes: readonly string[];
  /** The name with which the user logs in. */
  user: string;
}

const SEPARATOR = String.raw`[\\/]+`;
/** Home folders of others, on any system; a name may have spaces where the path goes on. */
const HOME_OF_ANYONE = new RegExp(
  String.raw`(?:\b[a-z](?::|%3A))?(?:/(?:var|usr|export|mnt/\w))?${SEPARATOR}` +
    `(?:home|Users|Documents and Settings)${SEPARATOR}` +
    String.raw`[^\\/\s"'\`:;,<>|()]+(?:(?: [^\\/\s"'<>|]+)+(?=[\\/]))?`,
  "gi",
);
/** The user, and often the password, in the address of a store. */
const CREDENTIALS = /(?<=:\/\/)[^\s/@]*@/g;

/** The text with `~` for home folders, and without the user's name in other paths. */
export function anonymous(text: string, { homes, user }: Person): string {
  const known = homes.filter((home) => /[^\\/:]/.test(home)).toSorted(longestFirst);
  const withoutOwn = known.reduce((rest, home) => rest.replace(placeOf(home), "~"), text);
  const withoutHomes = withoutOwn.replace(HOME_OF_ANYONE, "~").replace(CREDENTIALS, "…@");
  return user === "" || user === "root" ? withoutHomes : withoutHomes.replace(partOf(user), "USER");
}

const longestFirst = (one: string, other: string) => other.length - one.length;

/** Where a text has this folder, with separators and letters as any program may write them. */
function placeOf(folder: string): RegExp {
  const [first = "", ...parts] = folder.split(/[\\/]+/).map(escaped);
  const rest = parts.join(SEPARATOR);
  return new RegExp(`${first}${first ? SEPARATOR : "[\\\\/]"}${rest}(?![\\w.-])`, "gi");
}

function partOf(name: string): RegExp {
  return new RegExp(`(?<=[\\\\/])${escaped(name)}(?![\\w.-])`, "gi");
}

function escaped(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&").replace(/^([a-z]):$/i, "$1(?::|%3A)");
}
