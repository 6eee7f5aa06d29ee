import { useEffect, useRef, useState } from 'react'
import { Button, Field, Select } from '../../design/index.ts'
import { useSessionEnd } from '../shared/session-end.ts'
import { asApiError } from '../shared/use-load.ts'
import { FOLDER_NAME } from './entry-words.ts'
import { type Folder, FOLDERS, type Media } from './readers.ts'
import { uploadMedia, uploadProblem } from './upload.ts'
import { ACCEPTED_TYPES, describeUpload, isRunning, type UploadState, whyNotSent } from './upload-steps.ts'
import './admin.css'

/** Uploads one file at a time. @param folder fixed; absent: it is asked for */
export function UploadForm({
  folder,
  onReady,
}: {
  readonly folder?: Folder
  readonly onReady: (media: Media) => void
}) {
  const [state, setState] = useState<UploadState | null>(null)
  const [wrong, setWrong] = useState<string | undefined>(undefined)
  const running = useRef<AbortController | null>(null)
  const endSession = useSessionEnd()
  // Whoever leaves the page stops it.
  useEffect(() => () => running.current?.abort(), [])

  const start = async (form: HTMLFormElement): Promise<void> => {
    const data = new FormData(form)
    const file = data.get('file')
    if (isRunning(state)) return
    if (!(file instanceof File) || file.name === '') {
      setWrong('Choose a file first.')
      return
    }
    const problem = whyNotSent(file)
    setWrong(problem ?? undefined)
    if (problem !== null) return
    const controller = new AbortController()
    running.current = controller
    const target = folder ?? FOLDERS.find((one) => one === data.get('folder')) ?? 'posts'
    try {
      const media = await uploadMedia(file, target, setState, controller.signal)
      setState({ step: 'ready', name: file.name, width: media.width ?? 0, height: media.height ?? 0 })
      form.reset()
      onReady(media)
    } catch (thrown) {
      const error = asApiError(thrown)
      if (endSession(error)) return
      if (error.code === 'cancelled') setState({ step: 'stopped', name: file.name })
      else setState({ step: 'failed', name: file.name, problem: uploadProblem(error) })
    }
  }

  return (
    <div className="stack">
      <form
        className="upload-form"
        aria-label="Upload"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void start(event.currentTarget)
        }}
      >
        <Field
          label="File"
          name="file"
          type="file"
          accept={ACCEPTED_TYPES.join(',')}
          hint="Pictures to 10 MiB, videos to 50 MiB."
          problem={wrong}
        />
        {folder === undefined ? (
          <Select label="For" name="folder" defaultValue="posts">
            {FOLDERS.map((one) => (
              <option key={one} value={one}>
                {FOLDER_NAME[one]}
              </option>
            ))}
          </Select>
        ) : null}
        <Button type="submit" kind="primary" busy={isRunning(state)}>
          {isRunning(state) ? 'Uploading…' : 'Upload'}
        </Button>
      </form>
      {state === null ? null : <Progress state={state} onStop={() => running.current?.abort()} />}
    </div>
  )
}

/** How far it is. Steps are read out; every per cent would be too much. */
function Progress({ state, onStop }: { readonly state: UploadState; readonly onStop: () => void }) {
  const words = describeUpload(state)
  const spoken = state.step === 'sending' ? 'Sending…' : words
  return (
    <div className="upload-state">
      <p>
        <strong>{state.name}</strong>
      </p>
      <p aria-hidden="true">{words}</p>
      <p className="visually-hidden" role={state.step === 'failed' ? 'alert' : 'status'}>
        {state.name}: {spoken}
      </p>
      {state.step === 'sending' ? (
        <progress max={state.size} value={state.sent} aria-label={`Sending ${state.name}`} />
      ) : null}
      {isRunning(state) ? (
        <div className="actions">
          <Button small onClick={onStop}>
            Stop
          </Button>
        </div>
      ) : null}
    </div>
  )
}
