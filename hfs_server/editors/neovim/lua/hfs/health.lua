-- :checkhealth hfs

local M = {}

-- The functions that report had other names until Neovim 0.10.
local health = vim.health or require('health')
local start = health.start or health.report_start
local report = {
  ok = health.ok or health.report_ok,
  warning = health.warn or health.report_warn,
  error = health.error or health.report_error,
}

local function installation_advice(program)
  return {
    ('Install hfs-server, and see that %s is in PATH'):format(program),
    "or give its path: require('hfs').setup({ cmd = { '/path/to/hfs-server' } })",
  }
end

local function check_server(cmd)
  local words = vim.list_extend(vim.deepcopy(cmd), { 'doctor', '--json' })
  local output = vim.fn.system(words)
  local is_json, found = pcall(vim.json.decode, output)
  if not is_json or type(found) ~= 'table' then
    report.error(table.concat(cmd, ' ') .. ' doctor failed', { vim.trim(output) })
    return
  end
  for _, check in ipairs(found.checks) do
    local words_of_check = ('%s: %s'):format(check.name, check.detail)
    report[check.status](words_of_check, check.advice ~= '' and { check.advice } or nil)
  end
end

local function check_settings()
  local hfs = require('hfs')
  local function is_on(value)
    return value and 'on' or 'off'
  end
  report.ok('session files: ' .. is_on(hfs.follows_session_files()))
  report.ok('annotations of source files: ' .. is_on(hfs.annotates()))
  local running = require('hfs.client').running()
  report.ok(running and 'the server runs' or 'the server is started by the first command')
end

function M.check()
  local cmd = require('hfs').config.cmd
  start('hfs: Neovim')
  if vim.fn.has('nvim-0.7') == 1 then
    report.ok('Neovim 0.7 or newer')
  else
    report.error('Neovim is older than 0.7')
  end
  check_settings()
  start('hfs: hfs-server')
  if vim.fn.executable(cmd[1]) == 0 then
    report.error(cmd[1] .. ' was not found', installation_advice(cmd[1]))
  else
    check_server(cmd)
  end
end

return M
