-- What the sessions amount to.

local client = require('hfs.client')
local number = require('hfs.format').number
local paths = require('hfs.paths')

local M = {}

local FORM = '%s: %d sessions, %d messages, %d prompts, %d tool calls, %d tokens in, %d out'

local function line(name, item)
  local prompts, usage = number(item.prompts), item.usage
  local used = { number(usage.inputTokens), number(usage.outputTokens) }
  return FORM:format(name, item.sessions, item.messages, prompts, item.toolCalls, used[1], used[2])
end

-- :HfsStatistics [folder]
function M.show(command)
  local project = command.args ~= '' and paths.of(command.args) or nil
  local params = project and { project = project } or vim.empty_dict()
  client.request('hfs/statistics', params, function(result)
    local lines = { line('All', result) }
    for _, tool in ipairs(result.byTool) do
      table.insert(lines, line(tool.tool, tool))
    end
    vim.notify(table.concat(lines, '\n'))
  end)
end

return M
