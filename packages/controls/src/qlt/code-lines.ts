import * as nodeModule from 'node:module'
import { blankComments } from './focused.ts'

/**
 * Lines of a file that could run: without blanks, comments, types, imports and lone brackets. An estimate, for files that
 * a coverage report says nothing about; a file of types only has none.
 */
export function codeLines(path: string, text: string): number {
  let code = text
  if (/\.[cm]?ts$/.test(path) && 'stripTypeScriptTypes' in nodeModule) {
    try {
      code = nodeModule.stripTypeScriptTypes(text)
    } catch {
      // Syntax that can't be stripped: counted with its types.
    }
  }
  const python = path.endsWith('.py')
  const bare = python ? code.replace(/#[^\n]*|"""[\s\S]*?"""|'''[\s\S]*?'''/g, blank) : blankComments(code)
  const imports = python
    ? /^\s*(?:from\s+[\w.]+\s+)?import\s+(?:\([^)]*\)|[^\n]*)/gm
    : /^\s*import\s[^;'"]*?['"][^'"]*['"];?|^\s*import\s*['"][^'"]*['"];?|^\s*export\s*(?:\*(?:\s*as\s+\w+)?|\{[^}]*\})\s*(?:from\s*['"][^'"]*['"])?;?/gm
  return bare
    .replace(imports, blank)
    .split('\n')
    .filter((line) => /\w/.test(line)).length
}

function blank(part: string): string {
  return part.replace(/[^\n]/g, ' ')
}
