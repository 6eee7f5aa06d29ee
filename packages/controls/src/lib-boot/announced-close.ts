/**
 * Whether the final answer in raw bytes says that its connection ends with it: `Connection: close`, or HTTP/1.0 without
 * `Connection: keep-alive` (RFC 9112, 9.3). False without a whole head. Nobody who heard it sends another request there.
 */
export function announcesClose(received: string): boolean {
  for (const match of received.matchAll(/HTTP\/1\.([01]) (\d{3})[^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/g)) {
    const [, minor, status, head = ''] = match
    if (Number(status) < 200) continue
    const options = [...head.matchAll(/^connection:([^\r\n]*)\r$/gim)]
      .flatMap(([, value = '']) => value.split(','))
      .map((option) => option.trim().toLowerCase())
    return options.includes('close') || (minor === '0' && !options.includes('keep-alive'))
  }
  return false
}
