" Session files in Vim with the plugin vim-lsp: problems, hover, code actions, code lenses.
augroup hfs
  autocmd!
  autocmd BufNewFile,BufRead *.jsonl setlocal filetype=jsonl
  autocmd User lsp_setup call lsp#register_server({
      \ 'name': 'hfs-server',
      \ 'cmd': ['hfs-server'],
      \ 'allowlist': ['json', 'jsonl'],
      \ 'initialization_options': {'sessionFiles': v:true},
      \ })
augroup END
