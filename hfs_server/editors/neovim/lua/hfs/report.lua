-- What became of the sessions of an import.

local format = require('hfs.format')

local M = {}

-- What became of a session, or how many there are of each status.
function M.outcome(result)
  local session = result.sessions[1]
  if #result.sessions == 1 and type(session.id) == 'number' and #result.failed == 0 then
    return ('session %d %s: %s'):format(session.id, session.status, session.name)
  end
  local counts = { created = 0, updated = 0, unchanged = 0, skipped = 0, failed = #result.failed }
  for _, each in ipairs(result.sessions) do
    counts[each.status] = counts[each.status] + (each.status == 'skipped' and 0 or 1)
  end
  for _, each in ipairs(result.skipped) do
    counts.skipped = counts.skipped + each.count
  end
  local found = {}
  for _, status in ipairs({ 'created', 'updated', 'unchanged', 'skipped', 'failed' }) do
    if counts[status] > 0 then
      table.insert(found, counts[status] .. ' ' .. status)
    end
  end
  return #found > 0 and table.concat(found, ', ') or 'nothing found'
end

-- What became of each session, as lines.
local function lines_of(result)
  local lines = { '# Import: ' .. M.outcome(result), '' }
  local rows = {}
  for _, each in ipairs(result.sessions) do
    local id = type(each.id) == 'number' and tostring(each.id) or '-'
    table.insert(rows, { id, each.status, each.tool, format.on_one_line(each.name, '(no name)') })
  end
  vim.list_extend(lines, format.in_columns(rows))
  for _, failed in ipairs(result.failed) do
    table.insert(lines, format.on_one_line(('failed: %s: %s'):format(failed.name, failed.reason)))
  end
  for _, skipped in ipairs(result.skipped) do
    table.insert(lines, ('skipped: %d, %s'):format(skipped.count, skipped.reason))
  end
  for _, warning in ipairs(result.warnings) do
    table.insert(lines, format.on_one_line('warning: ' .. warning))
  end
  return lines
end

-- Shows what became of each session in a buffer, unless it was one without warnings.
function M.show(result)
  if #result.sessions == 1 and #result.failed + #result.warnings == 0 then
    return
  end
  vim.cmd('botright new')
  local buffer = vim.api.nvim_get_current_buf()
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines_of(result))
  vim.bo[buffer].buftype, vim.bo[buffer].bufhidden = 'nofile', 'wipe'
  vim.bo[buffer].modifiable, vim.bo[buffer].swapfile = false, false
end

return M
