import type { TreePort } from '@greengate/contracts'

const SOURCE = /\.[cm]?[jt]sx?$/
const NOT_SERVED =
  /(^|\/)(?:tests?|__tests__|spec|e2e|fixtures|examples?|node_modules|dist|build|coverage|bench)\/|\.(?:test|spec|d)\./
/** Node and Fastify: 0 turns the limit off. */
const OFF = /\b(requestTimeout|headersTimeout)\b['"]?\s*[:=]\s*0\b(?![.\w])/
/** Clients have options of the same name: only files that make a server count. */
const MAKES_SERVER = /\b(?:createServer|fastify|express|Koa|Hapi|NestFactory)\b/i
const FILES_MAX = 4000
const FOUND_MAX = 10

/** A statement that turns a time limit of the server off. */
export interface LimitOff {
  readonly where: string
  readonly name: string
}

/** Looks for them in JavaScript and TypeScript, comments left out. Nothing found shows nothing. */
export async function limitsOff(tree: TreePort): Promise<LimitOff[]> {
  const found: LimitOff[] = []
  for (const file of tree.files.slice(0, FILES_MAX)) {
    if (!SOURCE.test(file.path) || NOT_SERVED.test(file.path) || file.link !== undefined || file.sizeBytes > 1_000_000)
      continue
    const text = await tree.read(file.path)
    if (!MAKES_SERVER.test(text)) continue
    for (const [index, line] of text.split('\n').entries()) {
      const code = line.replace(/(^|\s)\/\/.*$/, '').replace(/^\s*\/?\*.*$/, '')
      const name = OFF.exec(code)?.[1]
      if (name !== undefined && found.length < FOUND_MAX) found.push({ where: `${file.path}:${index + 1}`, name })
    }
  }
  return found
}
