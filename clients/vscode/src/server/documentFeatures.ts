/** Which of the editor's own features the language client has, by the settings. */

import type { LanguageClientOptions } from "vscode-languageclient/node";
import { ANNOTATION_MIDDLEWARE, ANNOTATIONS } from "../authorship/annotations";
import { SESSION_FEATURES, sessionMiddleware } from "../sessionFiles/middleware";

const NOTHING: ReadonlySet<string> = new Set();

/** The methods of features that are registered; of all others there is nothing. */
export function documentFeatures(options: Record<string, unknown>): ReadonlySet<string> {
  if (options.sessionFiles === true) {
    return SESSION_FEATURES;
  }
  return options.annotate === true ? ANNOTATIONS : NOTHING;
}

/** What the client gets beside its usual options. */
export function documentOptions(options: Record<string, unknown>): LanguageClientOptions {
  const annotates = options.annotate === true;
  const understands = options.sessionFiles === true;
  return {
    // Session files are registered by the server, and need no selector.
    documentSelector: annotates ? [{ scheme: "file" }] : [],
    middleware: understands
      ? sessionMiddleware(ANNOTATION_MIDDLEWARE, annotates)
      : ANNOTATION_MIDDLEWARE,
  };
}
