// Appends to log files without native code: stands in for @vscode/spdlog.
// After clearFormatters() text is written as it is; VS Code's output channels count on that.
const fs = require("node:fs");
const path = require("node:path");

const LEVELS = ["trace", "debug", "info", "warning", "error", "critical", "off"];
let defaultLevel = 2;

class Logger {
  constructor(_kind, _name, file) {
    this.file = file;
    this.level = defaultLevel;
    this.isRaw = false;
  }

  write(level, message) {
    if (level < this.level) {
      return;
    }
    const time = new Date().toISOString().replace("T", " ").replace("Z", "");
    const line = this.isRaw ? message : `${time} [${LEVELS[level]}] ${message}\n`;
    try {
      fs.appendFileSync(this.file, line);
    } catch {
      // The folder is gone, since VS Code is being shut down.
    }
  }

  getLevel() {
    return this.level;
  }
  setLevel(level) {
    this.level = level;
  }
  setPattern() {
    this.isRaw = false;
  }
  clearFormatters() {
    this.isRaw = true;
  }
  flush() {}
  drop() {}
}

for (const [level, method] of ["trace", "debug", "info", "warn", "error", "critical"].entries()) {
  Logger.prototype[method] = function log(message) {
    this.write(level, message);
  };
}

async function create(kind, name, file) {
  await fs.promises.mkdir(path.dirname(file), { recursive: true });
  return new Logger(kind, name, file);
}

exports.version = 0;
exports.Logger = Logger;
exports.setFlushOn = () => {};
exports.setLevel = (level) => {
  defaultLevel = level;
};
exports.createRotatingLogger = (name, file) => create("rotating", name, file);
exports.createAsyncRotatingLogger = (name, file) => create("rotating_async", name, file);
