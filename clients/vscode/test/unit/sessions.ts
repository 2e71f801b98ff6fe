/** Sessions as the server lists them. */

import type { SessionSummary } from "../../src/server/protocol";

export function session(id: number, more: Partial<SessionSummary> = {}): SessionSummary {
  return {
    id,
    name: `Session ${id}`,
    createdAt: "2026-02-01T10:00:00Z",
    updatedAt: null,
    messageCount: 1,
    checkpointCount: 0,
    preview: null,
    tool: "hfs",
    workingDirectory: null,
    models: [],
    totalTokens: null,
    parentId: null,
    childCount: 0,
    tags: [],
    deletedAt: null,
    ...more,
  };
}
