import type { TreePort } from '@greengate/contracts'
import { describe, expect, it } from 'vitest'
import { readSourceRoutes } from './source-routes.ts'

function treeOf(files: Record<string, string>): TreePort {
  return {
    root: '/',
    files: Object.entries(files).map(([path, text]) => ({ path, sizeBytes: text.length, executable: false })),
    unreadable: [],
    commit: '',
    gitDir: null,
    has: (path) => path in files,
    read: async (path) => files[path] ?? '',
    run: () => Promise.reject(new Error('not used')),
    fork: () => Promise.reject(new Error('not used')),
  }
}

async function routesOf(files: Record<string, string>): Promise<string[]> {
  return (await readSourceRoutes(treeOf(files))).routes.map((route) => `${route.method} ${route.path}`)
}

describe('readSourceRoutes', () => {
  it('reads calls and objects of Node frameworks', async () => {
    const text = `app.get('/a', handler)\nusersRouter.post("/b", check, handler)\nfastify.route({ method: ['PUT', 'GET'], url: '/c', handler })\nrouter.route('/d').delete(handler)\n`
    expect(await routesOf({ 'src/a.ts': text })).toEqual(
      expect.arrayContaining(['GET /a', 'POST /b', 'PUT /c', 'GET /c', 'DELETE /d']),
    )
  })

  it('reads Nest controllers with their prefix', async () => {
    expect(
      await routesOf({ 'a.ts': `@Controller('items')\nexport class Items {\n  @Get(':id')\n  one() {}\n}\n` }),
    ).toEqual(['GET /items/:id'])
  })

  it('reads Flask and FastAPI', async () => {
    const text = `@app.route('/a', methods=['POST'])\ndef a(): pass\n\n@router.get('/b/{id}')\ndef b(id): pass\n`
    expect(await routesOf({ 'main.py': text })).toEqual(['POST /a', 'GET /b/{id}'])
  })

  it('takes clients, caches and tests for no routes', async () => {
    expect(
      await routesOf({ 'a.ts': `axios.get('/x', {})\ncache.get('/y', 1)\n`, 'a.test.ts': `app.get('/z', handler)` }),
    ).toEqual([])
  })
})
