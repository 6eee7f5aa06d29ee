import { afterAll, describe, expect, it } from 'vitest'
import { check } from '../src/cfg/cfg-02/observe.ts'
import { foreignTrees, INTEGRITY, lines, SHA256 } from './foreign-tree.ts'

const trees = foreignTrees()
afterAll(() => trees.close())

type Files = Readonly<Record<string, string>>

const node = (version: string): string => `#!/bin/sh\necho v${version}\n`
const NPM: Files = {
  'package.json': '{"name":"shop","dependencies":{"express":"^5.0.0"}}',
  'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages: { '': { dependencies: { express: '^5.0.0' } }, 'node_modules/express': { version: '5.1.0', integrity: INTEGRITY } } }),
  '.nvmrc': '24.21.0\n',
  'node_modules/.bin/node': node('24.21.0'),
  'node_modules/express/package.json': '{"name":"express","version":"5.1.0"}',
} // prettier-ignore
const PNPM: Files = {
  'package.json': '{"name":"shop","dependencies":{"express":"^5.0.0"}}',
  'pnpm-lock.yaml': lines(`lockfileVersion: '9.0'`, 'importers:', '  .:', '    dependencies:', '      express:', '        specifier: ^5.0.0', '        version: 5.1.0', 'packages:', '  express@5.1.0:', `    resolution: {integrity: ${INTEGRITY}}`, 'snapshots:', '  express@5.1.0: {}'),
  '.node-version': 'v24.21.0\n',
  'node_modules/.bin/node': node('24.21.0'),
  'node_modules/.pnpm/express@5.1.0/node_modules/express/package.json': '{"name":"express","version":"5.1.0"}',
} // prettier-ignore
/** A stand-in of a virtual environment: what matters is what it answers. */
const python = (packages: Record<string, string>, version = '3.12.7', venv = true): string =>
  `#!/bin/sh\ncase "$1" in --version) echo "Python ${version}";; *) echo '${JSON.stringify({ venv, all: packages, needed: {} })}';; esac\n`
const PYTHON: Files = {
  'requirements.txt': `flask==3.0.3 --hash=${SHA256}\nwerkzeug==3.0.4 --hash=${SHA256}\npywin32==306 ; sys_platform == "win32" --hash=${SHA256}\n`,
  '.python-version': '3.12.7\n',
  Dockerfile: 'FROM python:3.12.7-slim\n',
  '.venv/bin/python': python({ Flask: '3.0.3', Werkzeug: '3.0.4', pip: '24.0' }),
} // prettier-ignore

describe('CFG-02 on foreign trees', () => {
  it.each<[string, Files]>([
    ['npm', NPM],
    ['npm with tool-versions', { ...NPM, '.nvmrc': '24\n', '.tool-versions': 'nodejs 24.21.0\n' }],
    ['npm with an image in stages', { ...NPM, Dockerfile: 'ARG V=24.21.0\nFROM node:${V}-alpine AS build\nFROM node:${V}-alpine\n' }],
    ['pip', PYTHON],
  ])('sound: %s', async (_name, files) => {
    expect(await trees.judge(check, files)).toMatchObject({ outcome: 'pass', findings: [] })
  }) // prettier-ignore
  it.each<[string, string, string, Files]>([
    ['a range instead of a version', 'pinned', 'runtime-not-pinned', { ...NPM, '.nvmrc': 'lts/jod\n' }],
    ['another version in the image', 'agreeing', 'pins-disagree', { ...NPM, Dockerfile: 'FROM node:22.1.0-slim\n' }],
    ['another runtime', 'running', 'runtime-differs', { ...NPM, 'node_modules/.bin/node': node('20.1.0') }],
    ['another version installed', 'installed', 'installed-differs', { ...NPM, 'node_modules/express/package.json': '{"name":"express","version":"5.0.0"}' }],
    ['a package too many', 'installed', 'installed-differs', { ...NPM, 'node_modules/extra/package.json': '{"name":"extra","version":"1.0.0"}' }],
    ['another Python', 'running', 'runtime-differs', { ...PYTHON, '.venv/bin/python': python({ Flask: '3.0.3', Werkzeug: '3.0.4' }, '3.11.2') }],
    ['another version of a Python package', 'installed', 'installed-differs', { ...PYTHON, '.venv/bin/python': python({ Flask: '3.0.2', Werkzeug: '3.0.4' }) }],
    ['a Python package too many', 'installed', 'installed-differs', { ...PYTHON, '.venv/bin/python': python({ Flask: '3.0.3', Werkzeug: '3.0.4', requests: '2.32.0' }) }],
    ['a Python package missing', 'installed', 'installed-differs', { ...PYTHON, '.venv/bin/python': python({ Flask: '3.0.3' }) }],
  ])('broken: %s', async (_name, aspect, code, files) => {
    const said = await trees.judge(check, files)
    expect([said.aspects[aspect], said.findings]).toEqual([`fail ${code}`, said.findings])
  }) // prettier-ignore
  it.each<[string, string, string, Files]>([
    ['nothing installed', 'installed', 'installed-unknown', { 'package.json': NPM['package.json'] ?? '', 'package-lock.json': NPM['package-lock.json'] ?? '', '.nvmrc': '24.21.0\n' }],
    ['a broken package.json', 'installed', 'installed-unknown', { ...NPM, 'package.json': '{"name": ', 'package-lock.json': '{' }],
    ['pnpm, whose folder is not compared yet', 'installed', 'installed-unknown', PNPM],
    ['no virtual environment', 'installed', 'installed-unknown', { ...PYTHON, '.venv/bin/python': python({ Flask: '3.0.3' }, '3.12.7', false) }],
  ])('undecided: %s', async (_name, aspect, code, files) => {
    const said = await trees.judge(check, files)
    expect([said.outcome, said.aspects[aspect]]).toEqual(['inconclusive', `inconclusive ${code}`])
  }) // prettier-ignore
  it('claims nothing about a tree of another language', async () => {
    expect((await trees.judge(check, { 'go.mod': 'module x\n\ngo 1.23.2\n', 'main.go': 'package main\n' })).outcome).toBe('inconclusive') // prettier-ignore
  })
})
