/** The notifications of the extension, kept instead of shown, with buttons that can be pressed. */

import assert from "node:assert/strict";
import * as vscode from "vscode";
import { sleep, until } from "./world";

export interface Shown {
  how: string;
  message: string;
  buttons: string[];
  press: (button: string | undefined) => void;
}

const HOW = ["showErrorMessage", "showWarningMessage", "showInformationMessage"] as const;

let shown: Shown[] = [];

/** Keeps the notifications of all tests of this suite; each test begins with none. */
export function keepNotifications(): void {
  const originals = new Map<string, unknown>();

  before(() => {
    for (const how of HOW) {
      originals.set(how, vscode.window[how]);
      const stub = (message: string, ...buttons: string[]) =>
        new Promise<string | undefined>((press) => shown.push({ how, message, buttons, press }));
      Object.defineProperty(vscode.window, how, { value: stub, configurable: true });
    }
  });

  beforeEach(forget);

  after(() => {
    for (const how of HOW) {
      Object.defineProperty(vscode.window, how, { value: originals.get(how), configurable: true });
    }
  });
}

export function forget(): void {
  shown = [];
}

export const count = () => shown.length;

/** The one message that there was, after waiting for others. */
export async function only(): Promise<Shown> {
  await until(() => shown.length > 0);
  await sleep(300);
  assert.deepEqual(
    shown.map((one) => one.message),
    [shown[0]?.message],
  );
  return shown[0] as Shown;
}

/** Presses the button of the one message, and gives the message that follows. */
export async function pressed(button: string): Promise<Shown> {
  const { press } = await only();
  forget();
  press(button);
  return only();
}
