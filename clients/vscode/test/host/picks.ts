/** The QuickPicks of the extension: kept as they are shown, to look at them and to press buttons. */

import * as vscode from "vscode";
import { until } from "./world";

type Row = vscode.QuickPickItem;

export interface Pick {
  pick: vscode.QuickPick<Row>;
  press: (button: vscode.QuickInputButton) => void;
  pressOn: (item: Row, button: vscode.QuickInputButton) => void;
}

let picks: Pick[] = [];

/** Keeps the QuickPicks of all tests of this suite; each test begins with none. */
export function keepPicks(): void {
  const { createQuickPick } = vscode.window;
  const set = (value: unknown) =>
    Object.defineProperty(vscode.window, "createQuickPick", { value, configurable: true });

  before(() =>
    set(() => {
      const pick = createQuickPick.call(vscode.window) as vscode.QuickPick<Row>;
      const buttons = new vscode.EventEmitter<vscode.QuickInputButton>();
      const ofItems = new vscode.EventEmitter<vscode.QuickPickItemButtonEvent<Row>>();
      Object.defineProperty(pick, "onDidTriggerButton", { value: buttons.event });
      Object.defineProperty(pick, "onDidTriggerItemButton", { value: ofItems.event });
      picks.push({
        pick,
        press: (button) => buttons.fire(button),
        pressOn: (item, button) => ofItems.fire({ item, button }),
      });
      return pick;
    }),
  );

  beforeEach(() => {
    picks = [];
  });

  after(() => set(createQuickPick));
}

/** The n-th QuickPick of the test, when it is there and has loaded. */
export async function loaded(n = 0): Promise<Pick> {
  await until(
    () => picks[n] !== undefined && !picks[n]?.pick.busy && picks[n].pick.items.length > 0,
  );
  return picks[n] as Pick;
}

export async function shown(n = 0): Promise<Pick> {
  await until(() => picks[n] !== undefined);
  return picks[n] as Pick;
}

export const labels = ({ pick }: Pick) => pick.items.map(({ label }) => label);
