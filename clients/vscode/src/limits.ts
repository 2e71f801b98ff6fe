/** How long each thing may take, in milliseconds; nothing is waited for without end. */
export const limits = {
  /** For `hfs-server --version`. */
  version: 15_000,
  /** From the start of the server to its answer to `initialize`. */
  start: 45_000,
  /** For an answer that should be immediate; work with a cancel button has no limit. */
  answer: 60_000,
  /** For a whole session, before its beginning is shown. */
  patience: 700,
  /** For VS Code to read the text of a session that has changed. */
  reading: 1_000,
  /** For a server to obey a cancellation, or to end by itself. */
  grace: 3_000,
  /** For another extension to say which Python environment is active. */
  extension: 5_000,
};

/** The largest file, in bytes, that VS Code opens in a tab that extensions can see. */
export const LARGEST_TAB = 50_000_000;
