-- Sessions in words, on one line each.

local M = {}

-- Words as they are counted: 1 message, 2 messages.
function M.counted(count, word)
  return count == 1 and '1 ' .. word or ('%d %ss'):format(count, word)
end

function M.on_one_line(text, otherwise)
  return text:match('%S') and (text:gsub('%s+', ' ')) or otherwise or ''
end

-- A number that JSON may have as null.
function M.number(value)
  return type(value) == 'number' and value or 0
end

-- The last activity of a session in local time.
local function date(session)
  local time = session.createdAt
  if type(session.updatedAt) == 'string' then
    time = session.updatedAt
  end
  local year, month, day, hour, minute = time:match('(%d+)-(%d+)-(%d+)T(%d+):(%d+)')
  local fields = { year = year, month = month, day = day, hour = hour, min = minute, isdst = false }
  local taken_as_local = os.time(fields)
  local in_utc = os.date('!*t', taken_as_local)
  in_utc.isdst = false
  local instant = 2 * taken_as_local - os.time(in_utc)
  return os.date('%Y-%m-%d %H:%M', instant)
end

-- The last folder of the working directory.
local function project(session)
  if type(session.workingDirectory) ~= 'string' then
    return ''
  end
  return M.on_one_line(session.workingDirectory:match('([^/\\]+)[/\\]*$') or '')
end

local function row(session)
  local facts = M.counted(session.messageCount, 'message')
  if session.childCount > 0 then
    facts = facts .. ', ' .. M.counted(session.childCount, 'subagent')
  end
  local name = M.on_one_line(session.name, '(no name)')
  local about = { tostring(session.id), date(session), session.tool, project(session) }
  return vim.list_extend(about, { ('%s  (%s)'):format(name, facts) })
end

-- The cells of each row as a line, with the columns below each other; the last one is not padded.
function M.in_columns(rows)
  local widths = {}
  for _, cells in ipairs(rows) do
    for column, cell in ipairs(cells) do
      widths[column] = math.max(widths[column] or 0, vim.fn.strdisplaywidth(cell))
    end
  end
  return vim.tbl_map(function(cells)
    local line = ''
    for column, cell in ipairs(cells) do
      local blanks = column < #cells and widths[column] + 2 - vim.fn.strdisplaywidth(cell) or 0
      line = line .. cell .. (' '):rep(blanks)
    end
    return line
  end, rows)
end

-- Sessions as lines: id, date, tool, project, name.
function M.sessions(sessions)
  return M.in_columns(vim.tbl_map(row, sessions))
end

return M
