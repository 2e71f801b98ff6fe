/** The page's style, in the colours of the theme. */

export const STYLE = `
body { color: var(--vscode-foreground); max-width: 60rem; padding: 0 1.5rem 2rem; }
h1 { font-size: 1.5rem; font-weight: 600; }
h2 { font-size: 1.1rem; font-weight: 600; margin: 2rem 0 .5rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem; list-style: none; margin: .25rem 0; padding: 0; }
nav a { border: 1px solid transparent; border-radius: .25rem; display: block; padding: .15rem .6rem; text-decoration: none; }
nav a:hover { background: var(--vscode-toolbar-hoverBackground); }
nav a[aria-current] { border-color: var(--vscode-contrastActiveBorder, transparent); background: var(--vscode-badge-background); color: var(--vscode-badge-foreground); }
a:focus-visible, summary:focus-visible { outline: 1px solid var(--vscode-focusBorder); }
.totals { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); margin: 1.5rem 0 0; }
.totals div { border: 1px solid var(--vscode-widget-border, var(--vscode-contrastBorder, transparent)); background: var(--vscode-editorWidget-background); border-radius: .4rem; padding: .6rem .8rem; }
dt { color: var(--vscode-descriptionForeground); }
dd { font-size: 1.4rem; font-variant-numeric: tabular-nums; margin: .1rem 0 0; }
figure { margin: 0; }
figure svg { border-bottom: 1px solid var(--vscode-descriptionForeground); display: block; height: 9rem; width: 100%; }
figcaption { display: flex; justify-content: space-between; }
figcaption, .most, details { color: var(--vscode-descriptionForeground); }
.most { border-bottom: 1px dashed var(--vscode-widget-border, currentColor); margin: 0; }
.bar { fill: var(--vscode-charts-blue, currentColor); }
.column { fill: transparent; }
g:hover .column { fill: var(--vscode-list-hoverBackground); }
details { margin-top: .5rem; }
summary { cursor: pointer; }
table { border-collapse: collapse; width: 100%; }
thead th { color: var(--vscode-descriptionForeground); font-weight: normal; }
th, td { padding: .2rem .6rem .2rem 0; text-align: end; white-space: nowrap; }
th:first-child { font-weight: normal; max-width: 22rem; overflow: hidden; text-align: start; text-overflow: ellipsis; }
td { font-variant-numeric: tabular-nums; }
.chart { width: 40%; }
.chart svg { display: block; height: .8rem; min-width: 4rem; width: 100%; }
`;
