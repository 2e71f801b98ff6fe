import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous } from "../../src/diagnostics/anonymous";

const LINUX = { homes: ["/home/ann", "/srv/people/ann.real"], user: "ann" };
const WINDOWS = { homes: ["C:\\Users\\Ann Lee"], user: "Ann Lee" };

for (const [said, shown] of [
  ["/home/ann", "~"],
  ["/home/ann/.hfs/sessions.db is locked", "~/.hfs/sessions.db is locked"],
  ["file:///home/ann/a.json", "file://~/a.json"],
  ["in /home/ann and /home/bob/x", "in ~ and ~/x"],
  ["/home/anna/x", "~/x"],
  ["/srv/people/ann.real/x", "~/x"],
  ["/Users/bob/Library", "~/Library"],
  ["/var/home/bob/x, /mnt/c/Users/Bob Lee/x", "~/x, ~/x"],
  ["/scratch/ann/store.db", "/scratch/USER/store.db"],
  ["/scratch/annals/store.db", "/scratch/annals/store.db"],
  ["postgresql://ann:s3cret@db.example/hfs", "postgresql://…@db.example/hfs"],
  ["/usr/bin/hfs-server: version 0.1.0", "/usr/bin/hfs-server: version 0.1.0"],
] as const) {
  test(`of a user of Linux and macOS, ${said} is ${shown}`, () => {
    assert.equal(anonymous(said, LINUX), shown);
  });
}

for (const [said, shown] of [
  ["C:\\Users\\Ann Lee\\.hfs", "~\\.hfs"],
  ["c:/users/ann lee/.hfs", "~/.hfs"],
  ['{"path": "C:\\\\Users\\\\Ann Lee\\\\x"}', '{"path": "~\\\\x"}'],
  ["D:\\Users\\Bob\\x", "~\\x"],
  ["D:\\Users\\Bob Lee\\x", "~\\x"],
  ["file:///c%3A/Users/bob/x", "file:///~/x"],
  ["C:\\Program Files\\Python", "C:\\Program Files\\Python"],
  ["E:\\work\\Ann Lee\\x", "E:\\work\\USER\\x"],
] as const) {
  test(`of a user of Windows, ${said} is ${shown}`, () => {
    assert.equal(anonymous(said, WINDOWS), shown);
  });
}

test("a home that is the root, and a user without a name, change nothing", () => {
  assert.equal(anonymous("/usr/bin", { homes: ["/", ""], user: "" }), "/usr/bin");
  assert.equal(anonymous("/root/x", { homes: ["/root"], user: "root" }), "~/x");
});
