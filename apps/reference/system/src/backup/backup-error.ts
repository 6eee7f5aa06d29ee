/** Why a backup was not made, or not brought back. What had been begun is taken away again, unless the code says otherwise. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
  readonly code:
    | 'key_missing'
    | 'key_wrong'
    | 'backup_damaged'
    | 'backup_unreadable'
    | 'target_not_empty'
    | 'release_differs'
    /** The backup is finished, without media that the store did not give. */
    | 'media_missing'
    | 'restore_differs'
    /** Somebody asked it to stop. */
    | 'stopped'
    /** A restore failed, and what it had made is still there: the message says where. */
    | 'restore_left'

  constructor(code: BackupError['code'], message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}
