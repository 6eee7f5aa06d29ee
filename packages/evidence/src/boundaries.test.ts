import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** Every module that `entry` reaches within this package, and every package that these import. */
async function reachable(entry: string): Promise<{ modules: string[]; packages: string[] }> {
  const modules = new Set<string>()
  const packages = new Set<string>()
  const queue = [fileURLToPath(new URL(entry, import.meta.url))]
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (modules.has(path)) continue
    modules.add(path)
    for (const [, name = ''] of (await readFile(path, 'utf8')).matchAll(/^(?:import|export|\}) .*?from '([^']+)'$/gm)) {
      if (name.startsWith('.')) queue.push(join(dirname(path), name))
      else packages.add(name)
    }
  }
  const root = fileURLToPath(new URL('.', import.meta.url))
  return { modules: [...modules].map((path) => path.slice(root.length)).sort(), packages: [...packages].sort() }
}

test('the verifier reaches no signer, nothing that writes, starts or connects, and next to no package', async () => {
  const { modules, packages } = await reachable('./verify/index.ts')
  expect(modules).toContain('verify/rejudge.ts')
  expect(modules).toContain('dsse.ts')
  expect(modules.filter((path) => /^sign\/|ledger\.ts|store\.ts|files\.ts|lock\.ts|testing/.test(path))).toEqual([])
  expect(packages).toEqual(['@greengate/contracts', 'node:crypto', 'node:fs/promises', 'node:path', 'zod'])
})

test('the main entry holds no key: signing is reached through ./sign alone', async () => {
  const { modules } = await reachable('./index.ts')
  expect(modules).toContain('store.ts')
  expect(modules.filter((path) => path.startsWith('sign/'))).toEqual([])
})
