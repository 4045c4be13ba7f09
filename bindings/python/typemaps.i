/* SPDX-License-Identifier: MIT */
/*
 * typemaps.i - how values cross between C and Python
 *
 * The work is done by the functions of convert.h; here stands only which of
 * them takes which type.  set.h, array.h and types.h shape the types.
 */

/* A type table of our own: no other module that SWIG wrote can reach into it. */
%begin %{
#define SWIG_TYPE_TABLE featset
/* Becomes an IndexError. */
#define FSG_E_INDEX ((featset_status_t)100)
%}

%header %{
#include "python/convert.h"
#include "python/set.h"
#include "python/array.h"
#include "python/types.h"
#include "python/module.h"
%}

%init %{
	fspy_strip_base(swigpyobject);
%}

/* ---- no self without an object, no pointer that is NULL ----------------------------------- */

%typemap(check) SWIGTYPE *self {
	if (!$1)
		SWIG_exception_fail(SWIG_ValueError, "the object is empty");
}

/* ---- errors ---------------------------------------------------------------------------------- */

%typemap(in, numinputs=0) featset_error_t *error (featset_error_t e) {
	e.code = FEATSET_OK;
	e.line = e.column = 0;
	e.file[0] = e.text[0] = '\0';
	$1 = &e;
}
%typemap(argout) featset_error_t *error {
	if ($1->code != FEATSET_OK) {
		Py_XDECREF(resultobj);
		fspy_raise($1, errno);
		SWIG_fail;
	}
}

/* ---- results ----------------------------------------------------------------------------------- */

%typemap(out) featset_t { $result = fspy_set_new(&$1); }
%typemap(out) const featset_t * { $result = fspy_set_or_none($1); }
%typemap(out) const char * { $result = fspy_string($1); }
%typemap(out) fsg_text { $result = fspy_string_free($1); }
%typemap(out) fsg_number { $result = fspy_number($1); }
%typemap(out) fsg_strings { $result = fspy_strings($1); }
%typemap(out) fsg_words { $result = fspy_words(&$1); }
%typemap(out) fsg_baselines { $result = fspy_baselines($1); }
%typemap(out) fsg_cpus { $result = fspy_cpus($1); }
%typemap(out) fsg_cpu { $result = fspy_pointer($1, SWIGTYPE_p_featset_cpu, SWIG_POINTER_OWN); }
%typemap(out) fsg_check { $result = fspy_check(&$1); }
%typemap(out) featset_feature_t { $result = fspy_feature_or_none($1); }
%typemap(out) const featset_baseline_t * { $result = fspy_pointer($1, SWIGTYPE_p_featset_baseline, 0); }
%typemap(out) featset_cpu_t * { $result = fspy_pointer($1, SWIGTYPE_p_featset_cpu, SWIG_POINTER_OWN); }
%typemap(out) featset_level_t * { $result = fspy_pointer($1, SWIGTYPE_p_featset_level, SWIG_POINTER_OWN); }
%typemap(out) featset_inventory_t * { $result = fspy_pointer($1, SWIGTYPE_p_featset_inventory, SWIG_POINTER_OWN); }
%typemap(out) fsg_index { $result = fspy_which($1); }
%typemap(out) fsg_indices { $result = fspy_indices($1); }
%typemap(out) fsg_maybe { $result = fspy_set_or_none($1.there ? &$1.set : NULL); }
%typemap(out) fsg_records { $result = fspy_records($1); }
%typemap(out) fsg_split { $result = fspy_split($1); }
/* Not before it is known that there is such a finding. */
%typemap(out) fsg_finding { $result = arg1->code == FEATSET_OK ? fspy_finding($1) : NULL; }
%typemap(out) featset_pool_t * { $result = fspy_pointer($1, SWIGTYPE_p_featset_pool, SWIG_POINTER_OWN); }
%typemap(out) featset_change_t * { $result = fspy_pointer($1, SWIGTYPE_p_featset_change, SWIG_POINTER_OWN); }
%typemap(out) featset_policy_t * { $result = fspy_pointer($1, SWIGTYPE_p_featset_policy, SWIG_POINTER_OWN); }
%typemap(out) featset_explanation_t * {
	$result = fspy_pointer($1, SWIGTYPE_p_featset_explanation, SWIG_POINTER_OWN);
}

/* ---- arguments ----------------------------------------------------------------------------------- */

%typemap(in) const char * {
	$1 = (char *)(uintptr_t)fspy_text($input);
	if (!$1)
		SWIG_fail;
}
%typemap(freearg) const char * ""
/* Only for messages: what cannot be a file's name is none. */
%typemap(in) const char *MAYBE (PyObject *bytes = NULL) {
	if ($input != Py_None && !PyUnicode_FSConverter($input, &bytes))
		PyErr_Clear();
	$1 = bytes ? PyBytes_AS_STRING(bytes) : NULL;
}
%typemap(freearg) const char *MAYBE { Py_XDECREF(bytes$argnum); }
%typemap(in) const char *path (PyObject *bytes = NULL) {
	if (!PyUnicode_FSConverter($input, &bytes))
		SWIG_fail;
	$1 = PyBytes_AS_STRING(bytes);
}
%typemap(freearg) const char *path { Py_XDECREF(bytes$argnum); }

%typemap(in) const featset_t *SET (featset_t set) {
	if (fspy_set_in($input, &set) < 0)
		SWIG_fail;
	$1 = &set;
}
%typemap(in) const featset_cpu_t *CPU (featset_cpu_t *made = NULL) {
	const featset_cpu_t *found;

	if (fspy_cpu_in($input, &found, &made) < 0)
		SWIG_fail;
	$1 = (featset_cpu_t *)(uintptr_t)found;
}
%typemap(freearg) const featset_cpu_t *CPU { featset_cpu_free(made$argnum); }

%typemap(in) (const featset_cpu_t *const *CPUS, size_t COUNT) (fspy_list list = { NULL, NULL, NULL, 0 }) {
	if (fspy_cpus_in($input, &list) < 0)
		SWIG_fail;
	$1 = (featset_cpu_t **)list.cpus;
	$2 = list.count;
}
%typemap(freearg) (const featset_cpu_t *const *CPUS, size_t COUNT) { fspy_cpus_done(&list$argnum); }

%typemap(in) (const void *DATA, size_t SIZE) (Py_buffer view = { NULL }) {
	if (fspy_buffer($input, &view) < 0)
		SWIG_fail;
	$1 = view.buf;
	$2 = (size_t)view.len;
}
%typemap(freearg) (const void *DATA, size_t SIZE) {
	if (view$argnum.obj)
		PyBuffer_Release(&view$argnum);
}

%define BY_NAME(type, convert)
%typemap(in) type {
	if (convert($input, &$1) < 0)
		SWIG_fail;
}
%enddef

BY_NAME(featset_feature_t, fspy_feature_in)
BY_NAME(unsigned WORD, fspy_word_in)
BY_NAME(featset_dialect_t, fspy_dialect)
BY_NAME(featset_edges_t, fspy_edges)
BY_NAME(featset_rule_t, fspy_rule)
BY_NAME(featset_slot_t, fspy_slot)

BY_NAME(featset_guest_t, fspy_guest)
BY_NAME(featset_record_t, fspy_kind_in)
BY_NAME(featset_command_t, fspy_command)

BY_NAME(size_t WHICH, fspy_which_in)
BY_NAME(size_t limit, fspy_limit)
BY_NAME(bool, fspy_bool)

%typemap(in) size_t index {
	if (fspy_size($input, "an index", &$1) < 0)
		SWIG_fail;
}

%define A_FORMAT(type, convert)
%typemap(in) type {
	const featset_format_t *format;

	if (convert($input, &format) < 0)
		SWIG_fail;
	$1 = (featset_format_t *)(uintptr_t)format;
}
%enddef

A_FORMAT(const featset_format_t *, fspy_format)
A_FORMAT(const featset_format_t *TARGET, fspy_format_named)

/* ---- objects that are looked into ------------------------------------------------------------------ */

%define AN_OBJECT(ctype, pytype, wanted)
%typemap(in) const ctype * {
	if (fspy_object($input, pytype, wanted, &$1) < 0)
		SWIG_fail;
}
%typemap(in) const ctype *KEPT = const ctype *;
%typemap(argout) const ctype *KEPT {
	if (fspy_keep(resultobj, $input) < 0)
		SWIG_fail;
}
%enddef

AN_OBJECT(featset_inventory_t, fspy_inventory_type, "an Inventory")
AN_OBJECT(featset_pool_t, fspy_pool_type, "a PoolCore")
AN_OBJECT(featset_change_t, fspy_change_type, "a ChangeCore")
AN_OBJECT(featset_explanation_t, fspy_explanation_type, "an ExplanationCore")
AN_OBJECT(featset_policy_t, fspy_policy_type, "a PolicyCore")

%typemap(in) const featset_pool_t *MAYBE_POOL {
	if ($input != Py_None && fspy_object($input, fspy_pool_type, "a PoolCore or None", &$1) < 0)
		SWIG_fail;
}
%typemap(argout) const featset_pool_t *MAYBE_POOL {
	if ($1 && fspy_keep(resultobj, $input) < 0)
		SWIG_fail;
}

%typemap(in) (const char *const *PATHS, size_t COUNT) (fspy_paths list = { NULL, NULL, 0 }) {
	if (fspy_paths_in($input, &list) < 0)
		SWIG_fail;
	$1 = (char **)list.paths;
	$2 = list.count;
}
%typemap(freearg) (const char *const *PATHS, size_t COUNT) { fspy_paths_done(&list$argnum); }
