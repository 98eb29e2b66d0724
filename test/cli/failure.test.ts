import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { describeFailure } from '../../src/cli/failure.ts';
import { StorageForgotError } from '../../src/storage/storage.ts';

test('a command that meets a storage which lost something says what is missing and what to do', () => {
  const { exitCode, message } = describeFailure(
    new StorageForgotError('The outcome file of shard 1 in pass 1 is missing'),
  );
  assert.equal(exitCode, exitCodes.engine);
  assert.match(
    message ?? '',
    /^The outcome file of shard 1 .* is missing\. Put the newest copy of the storage/,
  );
});
