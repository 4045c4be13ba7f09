-- SPDX-License-Identifier: MIT
-- Counts; the last line of a test script is what tests/check.sh reads.
local harness = { passed = 0, failed = 0, skipped = 0 }

function harness.ok(condition, what)
	if condition then
		harness.passed = harness.passed + 1
		return true
	end
	harness.failed = harness.failed + 1
	print(debug.traceback("FAILED: " .. tostring(what), 2))
end

function harness.equal(got, expected, what)
	return harness.ok(got == expected,
		("%s: got %s, expected %s"):format(what or "value", tostring(got), tostring(expected)))
end

-- A look-up that finds nothing: nil and a sentence that has this in it.
function harness.refuses(pattern, ...)
	local value, message = ...
	harness.equal(value, nil, "refused value")
	harness.ok(type(message) == "string" and message:find(pattern, 1, true),
		("got the message %s, expected %s"):format(tostring(message), pattern))
end

-- Misuse: an error whose text has this in it.
function harness.raises(pattern, call, ...)
	local ok, message = pcall(call, ...)
	harness.ok(not ok, "no error, expected: " .. pattern)
	harness.ok(type(message) == "string" and message:find(pattern, 1, true),
		("got the error %s, expected %s"):format(tostring(message), pattern))
end

function harness.skip(why)
	harness.skipped = harness.skipped + 1
	print("SKIP: " .. why)
end

function harness.done()
	print(("%d passed, %d failed, %d skipped"):format(harness.passed, harness.failed, harness.skipped))
	os.exit(harness.failed == 0 and 0 or 1, true)
end

return harness
