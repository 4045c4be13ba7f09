/* SPDX-License-Identifier: MIT */
/*
 * module.h - the module's beginning, around SWIG's
 *
 * SWIG's types are static, and so is our table of Features: both belong to the
 * interpreter that imported the module first.  Another one gets an ImportError
 * rather than objects that are not its own.
 */

#undef SWIG_init
#define SWIG_init fspy_init

static PyObject *SWIG_init(void);

SWIGEXPORT PyObject *PyInit__featset(void)
{
	static PyInterpreterState *owner;
	static PyObject *module;
	PyInterpreterState *here = PyThreadState_Get()->interp;

	if (owner && owner != here) {
		PyErr_SetString(PyExc_ImportError, "featset serves one interpreter of a process, the first that imported it");
		return NULL;
	}
	owner = here;
	if (!module) {
		module = SWIG_init();
		if (!module)
			return NULL;
		/* Has Python ask here each time, and not hand copies of the module's names to others. */
		PyModule_GetDef(module)->m_size = 0;
	}
	Py_INCREF(module);
	return module;
}
