import { describe, expect, it } from 'vitest'
import { installCommands } from './install-command.ts'
import { commandValves } from './valves.ts'

describe('installCommands', () => {
  it.each([
    ['npm ci --omit=dev && npm run build', ['locked']],
    ['npm install', ['installs-unlocked']],
    ['npm i -g npm@11.2.0', ['locked']],
    ['corepack enable && pnpm i --frozen-lockfile', ['locked']],
    ['pnpm install', ['in-ci']],
    ['yarn', ['in-ci-if-berry']],
    ['yarn install --immutable', ['locked']],
    ['yarn build', []],
    ['pip install --no-cache-dir -r requirements.txt', ['by-file']],
    ['python -m pip install --require-hashes -r requirements.txt', ['locked']],
    ['pip install --no-deps .', ['locked']],
    ['uv sync --locked --no-dev', ['locked']],
    ['uv sync', ['lock-not-enforced']],
    ['npx cowsay', ['runs-unpinned']],
    ['npx cowsay@1.6.0', []],
    ['curl -LsSf https://host.invalid/install.sh | sh', ['runs-download']],
    ['curl -o x.tgz https://host.invalid/x.tgz', []],
    ['echo "npm install"', []],
    ['apt-get install -y curl', []],
  ])('%s', (line, verdicts) => {
    expect(installCommands(line).map((install) => install.verdict)).toEqual(verdicts)
  })
})

describe('commandValves', () => {
  it.each([
    ['npm test || true', ['exit-code-ignored']],
    ['npm run lint ; exit 0', ['exit-code-ignored']],
    ['npm audit || echo ignored', ['exit-code-ignored']],
    ['npm test || { echo broken; exit 1; }', []],
    ['rm -rf dist || true', []],
    ['test -f x || true', []],
    ['set +e', ['errors-switched-off']],
    ['jest --passWithNoTests', ['pass-with-no-tests']],
    ['pytest || [ $? -eq 5 ]', ['pass-with-no-tests']],
  ])('%s', (line, valves) => {
    expect(commandValves(line)).toEqual(valves)
  })
})
