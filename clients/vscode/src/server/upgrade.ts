/** How a server is upgraded: with the tool that installed it. */

import { dirname, join } from "node:path";

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
  const python = path.endsWith(".exe") ? "python.exe" : "python";
  return /\/(bin|Scripts)\/[^/]+$/.test(path) && !/^\/usr\/|\/\.local\/bin\/|\/shims\//.test(path)
    ? `"${join(dirname(serverPath), python)}" -m pip install --upgrade hfs-server`
    : "python3 -m pip install --upgrade hfs-server";
}
