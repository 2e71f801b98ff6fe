// Ends this process when its parent is gone: stands in for @vscode/native-watchdog.
exports.start = (parent) => {
  const watch = () => {
    try {
      process.kill(parent, 0);
    } catch {
      process.exit(87);
    }
  };
  setInterval(watch, 2000).unref();
};
exports.exit = (code) => process.exit(code ?? 0);
