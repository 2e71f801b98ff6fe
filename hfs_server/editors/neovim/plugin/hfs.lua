-- The commands and autocommands of HFS sessions; the modules are loaded when one is used.

if vim.g.loaded_hfs then
  return
end
vim.g.loaded_hfs = true

local function command(name, module, action, attributes)
  vim.api.nvim_create_user_command(name, function(given)
    require('hfs.' .. module)[action](given)
  end, attributes or {})
end

local function completed_by(kind)
  return function(...)
    return require('hfs.completion')[kind](...)
  end
end

local ids, deleted = completed_by('ids'), completed_by('deleted_ids')

command('HfsSessions', 'sessions', 'choose_named', { nargs = '?' })
command('HfsSubagents', 'sessions', 'choose_below', { nargs = '?', complete = ids })
command('HfsSearch', 'search', 'run', { nargs = '+' })
command('HfsStatistics', 'statistics', 'show', { nargs = '?', complete = 'dir' })
command('HfsRename', 'changes', 'rename', { nargs = '+', complete = ids })
command('HfsDelete', 'changes', 'delete', { nargs = '*', bang = true, complete = ids })
command('HfsRestore', 'changes', 'restore', { nargs = '*', complete = deleted })
command('HfsResume', 'resume', 'run', { nargs = '?', complete = ids })
command('HfsExport', 'export', 'run', { nargs = '+', bang = true, complete = 'file' })
command('HfsShare', 'export', 'share', { nargs = '+', bang = true, complete = 'file' })
command('HfsExportAll', 'export', 'all', { nargs = 1, complete = 'file' })
command('HfsImport', 'import', 'file', { nargs = '?', complete = 'file' })
command('HfsImportFrom', 'import', 'tools', { nargs = '+', complete = completed_by('tools') })
command('HfsSources', 'import', 'choose_source')
command('HfsCancel', 'import', 'cancel')
command('HfsBlame', 'blame', 'run', { bang = true })

local group = vim.api.nvim_create_augroup('hfs', { clear = true })

vim.api.nvim_create_autocmd('BufReadCmd', {
  group = group,
  pattern = 'hfs:///*',
  callback = function(event)
    require('hfs.sessions').read(event.match, event.buf)
  end,
})

vim.api.nvim_create_autocmd({ 'BufReadPost', 'BufNewFile', 'BufWritePost' }, {
  group = group,
  callback = function(event)
    require('hfs.documents').opened(event.buf)
  end,
})
