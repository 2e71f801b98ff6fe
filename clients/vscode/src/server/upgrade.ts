/** How a server is upgraded: with the tool that installed it. */

import { dirname, join, win32 } from "node:path";

/** The command line that upgrades the server at this path; none where the extension carries it. */
export function upgradeCommand(serverPath: string, ownEnvironment: string): string | undefined {
  const path = serverPath.replaceAll("\\", "/");
  if (path.startsWith(`${ownEnvironment.replaceAll("\\", "/")}/`)) {
    return undefined;
  }
  if (/\/pipx\//.test(path)) {
    return "pipx upgrade hfs-server";
  }
  if (/\/uv\/tools\//.test(path)) {
    return "uv tool upgrade hfs-server";
  }
  if (/\/Scripts\/[^/]+$/.test(path)) {
    // The interpreter is there too only in a virtual environment.
    return `"${win32.join(win32.dirname(serverPath), "pip.exe")}" install --upgrade hfs-server`;
  }
  return /\/bin\/[^/]+$/.test(path) && !/^\/usr\/|\/\.local\/bin\/|\/shims\//.test(path)
    ? `"${join(dirname(serverPath), "python")}" -m pip install --upgrade hfs-server`
    : "python3 -m pip install --upgrade hfs-server";
}
