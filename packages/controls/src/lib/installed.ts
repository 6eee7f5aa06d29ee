import type { TreePort } from '@greengate/contracts'
import { pythonName, record, text } from './locks.ts'

/** Prints every installed package of the folder as JSON: path to version. Runs in the export, so it stands alone. */
const LIST_NODE = `
const fs = require('fs'), path = require('path'), all = {}
let hidden = null
try { hidden = JSON.parse(fs.readFileSync('node_modules/.package-lock.json', 'utf8')).packages } catch {}
function walk(folder) {
  let names
  try { names = fs.readdirSync(folder, { withFileTypes: true }) } catch { return }
  for (const entry of names) {
    if (entry.name.startsWith('.')) continue
    const inner = folder + '/' + entry.name
    if (entry.name.startsWith('@') && entry.isDirectory()) { walk(inner); continue }
    if (!entry.isDirectory()) continue
    try { all[inner] = String(JSON.parse(fs.readFileSync(inner + '/package.json', 'utf8')).version) } catch { continue }
    walk(inner + '/node_modules')
  }
}
walk('node_modules')
process.stdout.write(JSON.stringify({ all, hidden: hidden && Object.fromEntries(Object.entries(hidden).map(([k, v]) => [k, v.integrity || ''])) }))`
const LIST_PYTHON =
  'import json,sys,importlib.metadata as m\nprint(json.dumps({"venv":sys.prefix!=sys.base_prefix,"all":{d.metadata["Name"]:d.version for d in m.distributions()}}))'
const LISTED_MAX = 200
/** What every virtual environment has besides the project's packages. */
const OF_THE_ENVIRONMENT = new Set(['pip', 'setuptools', 'wheel', 'distribute'])

export interface Comparison {
  readonly lock: string
  readonly reason: string
  readonly compared: number
  readonly differences: {
    name: string
    kind: 'different' | 'missing' | 'extraneous' | 'other-content'
    locked: string
    installed: string
  }[]
}

/** Compares node_modules with a package-lock.json of version 2 or later. */
export async function compareNpm(tree: TreePort, path: string): Promise<Comparison> {
  const none = { lock: path, compared: 0, differences: [] }
  const packages = record(record(JSON.parse(await tree.read(path)))['packages'])
  const run = await tree.run({
    argv: [process.execPath, '-e', LIST_NODE],
    timeoutMs: 60_000,
    outputBytesMax: 32 * 1024 * 1024,
  })
  if (run.exit !== 0 || run.truncated)
    return { ...none, reason: `what is installed could not be listed: ${run.stderr.slice(0, 200)}` }
  const listed = record(JSON.parse(run.stdout))
  const all = record(listed['all'])
  if (Object.keys(all).length === 0 && Object.keys(packages).length > 1)
    return { ...none, reason: 'nothing is installed' }
  const hidden = listed['hidden'] === null ? null : record(listed['hidden'])
  const differences: Comparison['differences'] = []
  let compared = 0
  for (const [key, value] of Object.entries(packages)) {
    const entry = record(value)
    if (!key.startsWith('node_modules/') || entry['link'] === true) continue
    const locked = text(entry['version'])
    const installed = text(all[key])
    if (installed === '') {
      // Optional, of another platform, or for development where only production was installed.
      if (!['optional', 'devOptional', 'dev', 'peer', 'inBundle'].some((mark) => entry[mark] === true))
        differences.push({ name: key, kind: 'missing', locked, installed })
      continue
    }
    compared += 1
    if (installed !== locked) differences.push({ name: key, kind: 'different', locked, installed })
    else if (hidden && text(hidden[key]) !== '' && text(hidden[key]) !== text(entry['integrity']))
      differences.push({
        name: key,
        kind: 'other-content',
        locked: text(entry['integrity']),
        installed: text(hidden[key]),
      })
  }
  for (const [key, version] of Object.entries(all)) {
    if (!(key in packages)) differences.push({ name: key, kind: 'extraneous', locked: '', installed: text(version) })
  }
  return { lock: path, reason: '', compared, differences: differences.slice(0, LISTED_MAX) }
}

/** Compares the tree's virtual environment with locked names and versions. */
export async function comparePython(
  tree: TreePort,
  path: string,
  locked: readonly { name: string; version: string; optional?: boolean }[],
): Promise<Comparison> {
  const none = { lock: path, compared: 0, differences: [] }
  const run = await tree.run({ argv: ['python', '-c', LIST_PYTHON], timeoutMs: 60_000 })
  if (!run.found || run.exit !== 0) return { ...none, reason: 'there is no Python that could be asked' }
  const listed = record(JSON.parse(run.stdout))
  if (listed['venv'] !== true) return { ...none, reason: 'there is no virtual environment (.venv) in the tree' }
  const versions = new Map(locked.map((entry) => [pythonName(entry.name), entry.version]))
  const differences: Comparison['differences'] = []
  let compared = 0
  for (const [name, value] of Object.entries(record(listed['all']))) {
    const wanted = versions.get(pythonName(name))
    const installed = text(value)
    if (wanted === undefined) {
      if (!OF_THE_ENVIRONMENT.has(pythonName(name)))
        differences.push({ name, kind: 'extraneous', locked: '', installed })
      continue
    }
    compared += 1
    if (wanted !== installed) differences.push({ name, kind: 'different', locked: wanted, installed })
  }
  // Locks of uv and poetry hold the packages of every platform and group: only of a requirements file is each one due.
  const have = new Set(Object.keys(record(listed['all'])).map(pythonName))
  for (const { name, version, optional } of path.endsWith('.txt') ? locked : []) {
    if (!optional && !have.has(pythonName(name)))
      differences.push({ name, kind: 'missing', locked: version, installed: '' })
  }
  return { lock: path, reason: '', compared, differences: differences.slice(0, LISTED_MAX) }
}
