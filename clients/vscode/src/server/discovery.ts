/** Which server is started: the first candidate that proves to be a recent hfs-server. */

import { isRecent, MINIMUM_VERSION } from "./versions";

export type Source =
  | "setting hfs.server.path"
  | "active Python environment"
  | "workspace"
  | "PATH and user folders"
  | "this extension's environment";

export interface Candidate {
  source: Source;
  path: string;
}

/** What a program answered to `--version`. */
export type Answer = { version: string } | { problem: string };

export type Probe = (path: string) => Promise<Answer>;

export interface Found extends Candidate {
  version: string;
}

/** The search's result: a server, or the best reason why there is none. */
export type Search =
  | { found: Found }
  | { found?: undefined; tooOld?: Found; rejected: (Candidate & { problem: string })[] };

/** Asks one candidate after the other; every verdict is given to `report`. */
export async function findServer(
  candidates: AsyncIterable<Candidate> | Iterable<Candidate>,
  probe: Probe,
  report: (line: string) => void,
): Promise<Search> {
  const asked = new Set<string>();
  const rejected: (Candidate & { problem: string })[] = [];
  let tooOld: Found | undefined;
  for await (const candidate of candidates) {
    if (asked.has(candidate.path)) {
      continue;
    }
    asked.add(candidate.path);
    const answer = await probe(candidate.path);
    const where = `${candidate.source}: ${candidate.path}`;
    if ("problem" in answer) {
      rejected.push({ ...candidate, problem: answer.problem });
      report(`${where}: ${answer.problem}`);
    } else if (isRecent(answer.version)) {
      report(`${where}: version ${answer.version}, chosen`);
      return { found: { ...candidate, version: answer.version } };
    } else {
      tooOld ??= { ...candidate, version: answer.version };
      report(`${where}: version ${answer.version} is older than ${MINIMUM_VERSION}`);
    }
  }
  report("No server was found.");
  return tooOld ? { tooOld, rejected } : { rejected };
}
