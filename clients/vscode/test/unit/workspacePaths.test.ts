import assert from "node:assert/strict";
import { test } from "node:test";
import { type Disk, fragmentOf, placeIn, WorkspacePaths } from "../../src/sessions/workspacePaths";

const asked: string[] = [];

/** A disk with these files; `links` leads from one path to another. */
function disk(
  platform: NodeJS.Platform,
  files: readonly string[],
  links: Record<string, string> = {},
): Disk {
  const home = platform === "win32" ? "C:\\Users\\ann" : "/home/ann";
  return {
    platform,
    home,
    realFile: (path) => {
      asked.push(path);
      return files.includes(path) ? (links[path] ?? path) : undefined;
    },
  };
}

const folder = (path: string, name = path.split(/[\\/]/).at(-1) ?? "") => ({
  name,
  path,
  realPath: path,
});

const unix = new WorkspacePaths(
  disk(
    "linux",
    [
      "/ws/src/app.py",
      "/ws/README.md",
      "/ws/my file.py",
      "/ws/a_b.py",
      "/ws/app/[id]/page.tsx",
      "/ws/leak.txt",
      "/ws/über/ñ.py",
      "/other/lib/x.ts",
      "/home/ann/ws2/y.rs",
      "/etc/passwd",
    ],
    { "/ws/leak.txt": "/etc/passwd" },
  ),
  [folder("/ws"), folder("/other"), folder("/home/ann/ws2")],
);

const mentions = (text: string, paths = unix) =>
  [...paths.mentionsIn(text)].map(({ start, end, place }) => {
    const fragment = fragmentOf(place);
    return `${text.slice(start, end)} => ${place.path}${fragment && `#${fragment}`}`;
  });

for (const [text, path, fragment] of [
  ["app.py", "app.py", ""],
  ["app.py#L3", "app.py", "L3"],
  ["app.py#3", "app.py", "L3"],
  ["app.py#L3-L9", "app.py", "L3-L9"],
  ["app.py#L3-9", "app.py", "L3-L9"],
  ["app.py#L3C5-L9C2", "app.py", "L3,5-L9,2"],
  ["app.py#L0", "app.py", "L1"],
  ["app.py:12", "app.py", "L12"],
  ["app.py:12:", "app.py", "L12"],
  ["app.py:12:5", "app.py", "L12,5"],
  ["app.py:12-20", "app.py", "L12-L20"],
  ["C:\\a\\app.py:12", "C:\\a\\app.py", "L12"],
  ["app.py#usage", "app.py", ""],
  ["app.py#L9999999999", "app.py", ""],
] as const) {
  test(`the place of ${text} is read`, () => {
    const place = placeIn(text);
    assert.equal(place.path, path);
    assert.equal(fragmentOf(place), fragment);
  });
}

for (const [text, ...found] of [
  ["[file](src/app.py#L3)", "src/app.py#L3 => /ws/src/app.py#L3"],
  ["[file](./src/app.py) x", "./src/app.py => /ws/src/app.py"],
  ["[file](<my file.py#L2>)", "my file.py#L2 => /ws/my file.py#L2"],
  ["[file](my%20file.py)", "my%20file.py => /ws/my file.py"],
  ["[file](/ws/src/app.py:7)", "/ws/src/app.py:7 => /ws/src/app.py#L7"],
  ["[file](/src/app.py)", "/src/app.py => /ws/src/app.py"],
  ['[file](src/app.py "its title")', "src/app.py => /ws/src/app.py"],
  ["[file](file:///ws/src/app.py#L3)", "file:///ws/src/app.py#L3 => /ws/src/app.py#L3"],
  // What an export makes of targets that could be schemes, hosts or HTML.
  ["[x\\](src/app.py:12)", "src/app.py:12 => /ws/src/app.py#L12"],
  ["[x\\](file:\\/\\//ws/src/app.py)", "file:\\/\\//ws/src/app.py => /ws/src/app.py"],
  ["[x](\\<my file.py#L2>)", "my file.py#L2 => /ws/my file.py#L2"],
  ["It is in src/app.py:12.", "src/app.py:12 => /ws/src/app.py#L12"],
  ["It is in src/app.py.", "src/app.py => /ws/src/app.py"],
  ["(see src/app.py:12:5)", "src/app.py:12:5 => /ws/src/app.py#L12,5"],
  ["**src/app.py#L3-L9**", "src/app.py#L3-L9 => /ws/src/app.py#L3-L9"],
  ["a\\_b.py and a_b.py", "a\\_b.py => /ws/a_b.py", "a_b.py => /ws/a_b.py"],
  ["src\\app.py:3", "src\\app.py:3 => /ws/src/app.py#L3"],
  [
    "`my file.py:4` or `app/[id]/page.tsx`",
    "my file.py:4 => /ws/my file.py#L4",
    "app/[id]/page.tsx => /ws/app/[id]/page.tsx",
  ],
  ["`python src/app.py:3 --fast`", "src/app.py:3 => /ws/src/app.py#L3"],
  ['  File "/ws/src/app.py", line 3', "/ws/src/app.py => /ws/src/app.py"],
  ["über/ñ.py:1", "über/ñ.py:1 => /ws/über/ñ.py#L1"],
  ["lib/x.ts", "lib/x.ts => /other/lib/x.ts"],
  ["other/lib/x.ts", "other/lib/x.ts => /other/lib/x.ts"],
  ["../other/lib/x.ts", "../other/lib/x.ts => /other/lib/x.ts"],
  ["~/ws2/y.rs", "~/ws2/y.rs => /home/ann/ws2/y.rs"],
  ["src/gone.py:3 and src"],
  ["app and README"],
  ["https://example.org/src/app.py and http://x/README.md"],
  ["[x](https://example.org/README.md)"],
  ["[x](command:src/app.py) [y](javascript:README.md) [z](vscode://file/ws/README.md)"],
  ["command:README.md:3 is no command", "README.md:3 => /ws/README.md#L3"],
  ["/etc/passwd [x](/etc/passwd) [y](../etc/passwd) ../../etc/passwd file:///etc/passwd"],
  ["[x](..%2Fetc%2Fpasswd) [y](src/..%2f..%2fetc/passwd)"],
  ["leak.txt:1"],
  ["[x](README.md%00) [y](README.md:stream)"],
  ["//server/share/README.md \\\\server\\share\\README.md"],
] as const) {
  test(`in a text, files of the workspace are found and no others: ${text}`, () => {
    assert.deepEqual(mentions(text), found);
  });
}

const windows = new WorkspacePaths(
  disk("win32", [
    "C:\\ws\\src\\app.py",
    "c:\\ws\\src\\app.py",
    "D:\\two\\x.ts",
    "C:\\Windows\\win.ini",
  ]),
  [folder("C:\\ws"), folder("D:\\two")],
);

for (const [text, ...found] of [
  ["C:\\ws\\src\\app.py:12", "C:\\ws\\src\\app.py:12 => C:\\ws\\src\\app.py#L12"],
  ["c:/ws/src/app.py", "c:/ws/src/app.py => c:\\ws\\src\\app.py"],
  [
    "src\\app.py:3 src/app.py#L4",
    "src\\app.py:3 => C:\\ws\\src\\app.py#L3",
    "src/app.py#L4 => C:\\ws\\src\\app.py#L4",
  ],
  ["[x](C:\\ws\\src\\app.py)", "C:\\ws\\src\\app.py => C:\\ws\\src\\app.py"],
  ["[x](file:///C:/ws/src/app.py#L2)", "file:///C:/ws/src/app.py#L2 => C:\\ws\\src\\app.py#L2"],
  ["x.ts two\\x.ts", "x.ts => D:\\two\\x.ts", "two\\x.ts => D:\\two\\x.ts"],
  ["C:\\Windows\\win.ini ..\\Windows\\win.ini"],
  ["src\\app.py:stream is no stream", "src\\app.py => C:\\ws\\src\\app.py"],
  ["[x](src\\app.py:stream)"],
] as const) {
  test(`on Windows, files of the workspace are found and no others: ${text}`, () => {
    assert.deepEqual(mentions(text, windows), found);
  });
}

test("the disk is asked about nothing outside the workspace, and no other machine", () => {
  asked.length = 0;
  const texts = [
    "\\\\server\\share\\x.md //server/share/x.md \\\\?\\C:\\x \\\\.\\pipe\\x /\\server\\x.md",
    "[x](//server/share/x.md) [y](\\\\server\\share\\x.md) [z](file://server/share/x.md)",
    "[x](%5C%5Cserver%5Cshare%5Cx.md) [y](/%5Cserver/x.md) C:\\Windows\\win.ini ..\\..\\x.md",
  ];
  for (const text of texts) {
    mentions(text, windows);
    mentions(text);
  }
  const isInside = (path: string) =>
    /^(C:\\ws\\|D:\\two\\|\/ws\/|\/other\/|\/home\/ann\/ws2\/)/i.test(path);
  assert.deepEqual(
    asked.filter((path) => !isInside(path)),
    [],
  );
});

test("a long text takes time in proportion to its length", () => {
  for (const piece of ["a", "a.", "a/", "\\", "`", "](", "a:1", "#L1", "a://", "<", "[x](a"]) {
    assert.ok(mentions(piece.repeat(200_000)).length <= 200_000);
  }
});
