import { join } from 'node:path'
import { readArguments } from './backup/arguments.ts'
import { restoreBackup } from './backup/restore-backup.ts'
import { runCommand, say } from './backup/run-command.ts'
import { stopSignal } from './backup/stop-signal.ts'
import { writePrivate } from './start/secrets.ts'

process.exitCode = await runCommand(async () => {
  const { folder, key, databases, store, embedded } = readArguments(process.argv.slice(2), 'from', process.env)
  const signal = stopSignal()
  const { manifest, durationMs } = await restoreBackup({ folder, key, databases, store, signal, onProgress: say })
  // What was brought back is not mixed with examples.
  if (embedded !== null) writePrivate(join(embedded, 'seeded'), `restored from ${manifest.created_at}\n`)
  for (const one of manifest.media_deleted) say(`no picture: ${one} was deleted while the backup was made`)
  for (const { key: one, problem } of manifest.media_missing) say(`no picture: ${one} is not in the backup: ${problem}`)
  return `restored as of ${manifest.created_at}; recovery took ${(durationMs / 1000).toFixed(1)} s`
})
