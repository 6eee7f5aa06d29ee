import { type CheckContext, defineCheck, needTree, type TreePort } from '@greengate/contracts'
import { compareNpm, comparePython } from '../../lib/installed.ts'
import { record, text } from '../../lib/locks.ts'
import { readPythonLock, requirementLines } from '../../lib/python-locks.ts'
import { control } from './control.ts'
import { judge, type Observation } from './judge.ts'

type Pin = Observation['pins'][number]

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['tree'], effect: 'read', quiet: false, timeoutMs: 180_000 },
  async observe(context) {
    const tree = needTree(context)
    const runtimes = await readRuntimes(tree, context)
    const data: Observation = { pins: await readPins(tree), runtimes, installed: await readInstalled(tree) }
    return {
      data,
      exercised: {
        pins: data.pins.length,
        runtimes: runtimes.length,
        packages: data.installed.reduce((sum, entry) => sum + entry.compared, 0),
        filesLookedAt: tree.files.length,
      },
    }
  },
  clean: (bed) => bed.tree(files({})),
  positiveControls: [
    { id: 'range-only', breaks: 'pinned', code: 'runtime-not-pinned', arrange: (bed) => bed.tree({ ...files({}), '.nvmrc': 'lts/*\n', Dockerfile: 'FROM scratch\n' }) },
    { id: 'dockerfile-differs', breaks: 'agreeing', code: 'pins-disagree', arrange: (bed) => bed.tree(files({ Dockerfile: 'FROM node:20.1.0-slim\n' })) },
    { id: 'other-runtime', breaks: 'running', code: 'runtime-differs', arrange: (bed) => bed.tree(files({ 'node_modules/.bin/node': '#!/bin/sh\necho v20.0.0\n' })) },
    { id: 'other-package', breaks: 'installed', code: 'installed-differs', arrange: (bed) => bed.tree(files({ 'node_modules/demo/package.json': '{"version":"1.0.1"}' })) },
  ], // prettier-ignore
})

function files(extra: Record<string, string>): Record<string, string> {
  const entry = { version: '1.0.0', integrity: `sha512-${'A'.repeat(86)}==` }
  return {
    'package.json': '{"name":"planted","engines":{"node":">=24"},"dependencies":{"demo":"1.0.0"}}',
    'package-lock.json': JSON.stringify({
      lockfileVersion: 3,
      packages: { '': { dependencies: { demo: '1.0.0' } }, 'node_modules/demo': entry },
    }),
    '.nvmrc': 'v24.21.0\n',
    Dockerfile: 'FROM node:24.21.0-slim\n',
    'node_modules/demo/package.json': '{"version":"1.0.0"}',
    'node_modules/.bin/node': '#!/bin/sh\necho v24.21.0\n',
    ...extra,
  }
}

const FILES: readonly (readonly [string, Pin['runtime']])[] = [
  ['.nvmrc', 'node'], ['.node-version', 'node'], ['.python-version', 'python'], ['runtime.txt', 'python'],
] // prettier-ignore

async function readPins(tree: TreePort): Promise<Pin[]> {
  const pins: Pin[] = []
  const add = (runtime: Pin['runtime'], where: string, value: string, digest = false): void => {
    const clean = value.trim().replace(/^(python-|node-|v|=+)/, '')
    if (clean !== '') pins.push({ runtime, where, value: clean.slice(0, 60), digest })
  }
  for (const [path, runtime] of FILES) {
    if (tree.has(path))
      add(
        runtime,
        path,
        (await tree.read(path)).split('\n').find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '',
      )
  }
  if (tree.has('.tool-versions')) {
    for (const [, name, value = ''] of (await tree.read('.tool-versions')).matchAll(/^(nodejs|node|python)\s+(\S+)/gm))
      add(name === 'python' ? 'python' : 'node', '.tool-versions', value)
  }
  if (tree.has('package.json')) {
    const manifest = await readManifest(tree)
    add('node', 'package.json engines.node', text(record(manifest['engines'])['node']))
    add('node', 'package.json volta.node', text(record(manifest['volta'])['node']))
    for (const group of ['dependencies', 'devDependencies', 'optionalDependencies']) {
      for (const [name, spec] of Object.entries(record(manifest[group])))
        if (/^node(-(bin-)?(linux|darwin|win)-?\w*)?$/.test(name)) add('node', `package.json ${name}`, text(spec))
    }
  }
  for (const file of tree.files) {
    if (
      file.link !== undefined ||
      !/(^|\/)(Dockerfile|Containerfile)(\.[\w-]+)?$/.test(file.path) ||
      /(^|\/)fixtures\//.test(file.path)
    )
      continue
    const source = await tree.read(file.path)
    const args = new Map(
      [...source.matchAll(/^ARG\s+(\w+)=["']?([^"'\s]+)/gim)].map((match) => [match[1] ?? '', match[2] ?? '']),
    )
    for (const match of source.matchAll(/^FROM\s+(?:--\S+\s+)*(\S+)/gim)) {
      const image = (match[1] ?? '').replace(
        /\$\{?(\w+)(?::-[^}]*)?\}?/g,
        (whole, name: string) => args.get(name) ?? whole,
      )
      const [, runtime, tag = '', digest] = /(?:^|\/)(node|python):([^@\s]+)(@sha256:\w+)?$/.exec(image) ?? []
      const version = /^\d+(\.\d+){0,2}/.exec(tag)?.[0] ?? tag
      const line = source.slice(0, match.index).split('\n').length
      if (runtime === 'node' || runtime === 'python')
        add(runtime, `${file.path}:${line}`, version, digest !== undefined)
    }
  }
  return pins
}

/** A package.json that is broken pins nothing; what it breaks besides is SUP-01's to say. */
async function readManifest(tree: TreePort): Promise<ReturnType<typeof record>> {
  try {
    return record(JSON.parse(await tree.read('package.json')))
  } catch {
    return {}
  }
}

async function readRuntimes(tree: TreePort, context: CheckContext): Promise<Observation['runtimes']> {
  const program = context.config.start?.command[0] ?? ''
  const needs: { runtime: Pin['runtime']; argv: string[] }[] = []
  const startsPython = /(^|\/)(python[\d.]*|uvicorn|gunicorn|hypercorn|uv|poetry)$/.test(program)
  const startsNode = /(^|\/)(node|npm|npx|pnpm|yarn|tsx)$/.test(program)
  if (startsNode || (!startsPython && tree.has('package.json')))
    needs.push({ runtime: 'node', argv: [/(^|\/)node$/.test(program) ? program : 'node', '--version'] })
  if (startsPython || (!startsNode && (tree.has('pyproject.toml') || tree.has('requirements.txt'))))
    needs.push({ runtime: 'python', argv: [/(^|\/)python[\d.]*$/.test(program) ? program : 'python', '--version'] })
  const cwd = context.config.start?.cwd ?? '.'
  const runtimes: Observation['runtimes'] = []
  for (const { runtime, argv } of needs) {
    const run = await tree.run({ argv, cwd, timeoutMs: 20_000 })
    const version = /(\d+\.\d+\.\d+)/.exec(`${run.stdout}${run.stderr}`)?.[1] ?? ''
    runtimes.push({ runtime, command: argv.join(' '), version: run.exit === 0 ? version : '' })
  }
  return runtimes
}

async function readInstalled(tree: TreePort): Promise<Observation['installed']> {
  const found: Observation['installed'] = []
  const failed = (lock: string, error: unknown): void => {
    found.push({
      lock,
      reason: error instanceof Error ? (error.message.split('\n')[0] ?? '').slice(0, 200) : String(error),
      compared: 0,
      differences: [],
    })
  }
  if (tree.has('package-lock.json'))
    await compareNpm(tree, 'package-lock.json').then(
      (entry) => found.push(entry),
      (error: unknown) => failed('package-lock.json', error),
    )
  for (const lock of ['pnpm-lock.yaml', 'yarn.lock'])
    if (tree.has(lock)) failed(lock, new Error('what this package manager installed is not compared yet'))
  const python = ['uv.lock', 'poetry.lock', 'requirements.txt'].find((path) => tree.has(path))
  if (python) {
    try {
      const source = await tree.read(python)
      const locked =
        python === 'requirements.txt'
          ? requirementLines(source)
              .filter((line) => line.version !== '')
              .map(({ name, version, spec, marker }) => ({ name, version, spec, optional: marker !== '' }))
          : readPythonLock(python, source).entries
      found.push(await comparePython(tree, python, locked))
    } catch (error) {
      failed(python, error)
    }
  }
  return found
}
