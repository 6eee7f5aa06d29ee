export { digestTree, type ExportedTree, exportTree, type ExportTreeOptions, type ToolRecord } from './export-tree.ts'
export { makeTree, type MakeTreeOptions } from './make-tree.ts'
export { ignoreMatcher } from './ignore.ts'
export { git, type GitAnswer } from './git.ts'
