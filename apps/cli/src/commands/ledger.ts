import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { GreengateError } from '@greengate/contracts'
import { openLedger, readOwnNote } from '@greengate/evidence'
import type { Command } from '../command.ts'

export const ledger: Command = {
  name: 'ledger',
  summary: 'shows the ledger of this project and its signed checkpoint',
  usage: `Usage: greengate ledger [DIR] [--checkpoint]

Reads the append-only ledger, checks that its entries are those of its checkpoint, and shows both.
  --checkpoint  only the signed note, to be kept elsewhere as an anchor`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { checkpoint: { type: 'boolean' } },
    })
    const dir = resolve(io.cwd, positionals[0] ?? '.greengate/ledger')
    const names: readonly string[] = await readdir(dir).catch(() => [])
    if (!names.includes('checkpoint'))
      throw new GreengateError('LEDGER_INVALID', 'There is no ledger here.', {
        where: dir,
        fix: 'Run `greengate check` first, or name its folder.',
      })
    const origin = readOwnNote(await readFile(join(dir, 'checkpoint'))).origin
    const snapshot = await openLedger(dir, origin).read()
    if (values.checkpoint) io.stdout.write(snapshot.note)
    else {
      for (const [index, entry] of snapshot.entries.entries())
        io.stdout.write(`${String(index).padStart(6)}  ${entry}\n`)
      io.stdout.write(`\n${snapshot.entries.length} entries, in accord with this checkpoint:\n\n${snapshot.note}`)
    }
    return 0
  },
}
