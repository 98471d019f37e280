import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFolder, parseUri } from '../../src/job/uri.ts';

describe('parseUri()', () => {
  it.each([
    ['gs://bucket/object', 'bucket', 'object'],
    ['gs://my.bucket-1_x/a/b/c.jsonl', 'my.bucket-1_x', 'a/b/c.jsonl'],
    ['gs://bucket/with space/é “q”.jsonl', 'bucket', 'with space/é “q”.jsonl'],
    ['gs://bucket/...', 'bucket', '...'],
    ['gs://bucket/.hidden/a..b', 'bucket', '.hidden/a..b'],
    [`gs://bucket/${'x'.repeat(1024)}`, 'bucket', 'x'.repeat(1024)],
    // Nothing is decoded: these are names like any other, and step nowhere.
    ['gs://bucket/%2e%2e/secret', 'bucket', '%2e%2e/secret'],
    ['gs://bucket/a%2Fb', 'bucket', 'a%2Fb'],
    ['gs://bucket/\u2024\u2024/secret', 'bucket', '\u2024\u2024/secret'],
    ['gs://bucket/\uff0e\uff0e/secret', 'bucket', '\uff0e\uff0e/secret'],
  ])('reads %j', (uri, bucket, object) => {
    expect(parseUri(uri)).toEqual({ bucket, object });
  });

  it.each([
    ['nothing', ''],
    ['another scheme', 's3://bucket/object'],
    ['a web address', 'https://storage.googleapis.com/bucket/object'],
    ['an upper-case scheme', 'GS://bucket/object'],
    ['space before it', ' gs://bucket/object'],
    ['the scheme twice', 'gs://gs://bucket/object'],
    ['a bucket alone', 'gs://bucket'],
    ['a bucket with a slash', 'gs://bucket/'],
    ['no bucket', 'gs:///object'],
    ['a bucket of two letters', 'gs://ab/object'],
    ['a bucket of 64 letters', `gs://${'b'.repeat(64)}/object`],
    ['an upper-case bucket', 'gs://Bucket/object'],
    ['a bucket of dots', 'gs://.../object'],
    ['unicode dots in the bucket', 'gs://b\u2024\u2024t/object'],
    ['a percent sign in the bucket', 'gs://b%2et/object'],
    ['a user before the bucket', 'gs://allowed@evil/object'],
    ['a step up', 'gs://bucket/../other/object'],
    ['a step up at the end', 'gs://bucket/a/..'],
    ['a step nowhere', 'gs://bucket/./object'],
    ['an empty segment', 'gs://bucket/a//b'],
    ['an empty first segment', 'gs://bucket//a'],
    ['a slash at the end', 'gs://bucket/a/'],
    ['a newline', 'gs://bucket/a\nb'],
    ['a newline at the end', 'gs://bucket/a\n'],
    ['a carriage return', 'gs://bucket/a\rb'],
    ['a NUL', 'gs://bucket/a\0b'],
    ['a DEL', 'gs://bucket/a\x7fb'],
    ['a query', 'gs://bucket/a?b'],
    ['a fragment', 'gs://bucket/a#1'],
    ['a wildcard', 'gs://bucket/*.jsonl'],
    ['a set', 'gs://bucket/[ab]'],
    ['a C1 control character', 'gs://bucket/a\x85b'],
    ['a separator of lines', 'gs://bucket/a\u2028b'],
    ['a mark that turns what follows around', 'gs://bucket/\u202elnosj.x'],
    ['an isolate', 'gs://bucket/\u2066a'],
    ['a byte order mark', 'gs://bucket/\ufeffa'],
    ['half a character', 'gs://bucket/\ud83d'],
    ['two dots in the bucket', 'gs://a..b/object'],
    ['1025 bytes of fewer letters', `gs://bucket/${'é'.repeat(512)}x`],
    ['1025 letters', `gs://bucket/${'x'.repeat(1025)}`],
  ])('refuses %s', (_, uri) => {
    expect(parseUri(uri)).toBeUndefined();
  });

  it('gives back exactly what it read, whatever it read', () => {
    const segment = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('.', '..', '', 'a', '%2e'));
    const uris = fc.tuple(fc.constantFrom('bucket', 'a.b', 'B', '..'), fc.array(segment, { maxLength: 4 }));
    fc.assert(
      fc.property(uris, ([bucket, segments]) => {
        const uri = `gs://${bucket}/${segments.join('/')}`;
        const place = parseUri(uri);
        if (!place) return;
        expect(`gs://${place.bucket}/${place.object}`).toBe(uri);
        const read = place.object.split('/');
        expect(read.filter(one => one === '' || one === '.' || one === '..')).toEqual([]);
      }),
    );
  });
});

describe('parseFolder()', () => {
  it.each([
    ['gs://bucket', 'bucket', ''],
    ['gs://bucket/', 'bucket', ''],
    ['gs://bucket/folder', 'bucket', 'folder'],
    ['gs://bucket/folder/', 'bucket', 'folder'],
    ['gs://bucket/x', 'bucket', 'x'],
    ['gs://bucket/box', 'bucket', 'box'],
    ['gs://bucket/a/x/', 'bucket', 'a/x'],
  ])('reads %j', (uri, bucket, folder) => {
    expect(parseFolder(uri)).toEqual({ bucket, folder });
  });

  it.each(['', 'gs://', 'gs:///', 'bucket', 'gs://bucket//', 'gs://bucket/a//', 'gs://bucket/..', 'gs://gs://bucket'])(
    'refuses %j',
    uri => {
      expect(parseFolder(uri)).toBeUndefined();
    },
  );
});
