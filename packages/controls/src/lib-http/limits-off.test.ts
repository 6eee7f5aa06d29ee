import { makeTree } from '@greengate/bench/tree'
import { expect, it } from 'vitest'
import { limitsOff } from './limits-off.ts'

async function found(files: Record<string, string>): Promise<string[]> {
  const tree = await makeTree(files)
  try {
    return (await limitsOff(tree)).map(({ name, where }) => `${name} ${where}`)
  } finally {
    await tree.close()
  }
}

// Goal: only a statement that turns a server's limit off counts. Method: trees with and without one.
it('finds limits of a server that are turned off', async () => {
  expect(
    await found({
      'server.js':
        "import http from 'node:http'\nconst s = http.createServer(f)\ns.requestTimeout = 0\ns.headersTimeout=0;\n",
      'src/app.ts': 'const app = fastify({ requestTimeout: 0 })\n',
    }),
  ).toEqual(['requestTimeout server.js:3', 'headersTimeout server.js:4', 'requestTimeout src/app.ts:1'])
})

it('says nothing of other values, clients, comments and tests', async () => {
  expect(
    await found({
      'server.js':
        'createServer({ requestTimeout: 30_000, headersTimeout: 0.5 })\n// requestTimeout: 0\n * requestTimeout: 0\n',
      'client.js': 'new Client({ requestTimeout: 0 })\n',
      'test/server.js': 'createServer({ requestTimeout: 0 })\n',
      'notes.md': 'createServer requestTimeout: 0\n',
    }),
  ).toEqual([])
})
