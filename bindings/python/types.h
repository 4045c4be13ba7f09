/* SPDX-License-Identifier: MIT */
/*
 * types.h - the types that SWIG writes, made fit for Python
 *
 * SWIG's types know how to call C.  Here they lose what would let a script free
 * memory twice (`this`, `thisown`, `acquire`), get what C does not say (reprs,
 * the sequence protocol), and their documentation.
 */

typedef struct fspy_doc {
	const char *name; /* "Cpu.brand", or "host" for a function of the module */
	const char *text;
} fspy_doc;

#include "docs.h"

static const char *fspy_doc_find(const char *type, const char *name)
{
	char full[128];

	snprintf(full, sizeof(full), "%s%s%s", type, *type ? "." : "", name);
	for (const fspy_doc *doc = fspy_docs; doc->name; doc++)
		if (!strcmp(doc->name, full))
			return doc->text;
	return NULL;
}

static const char *fspy_type_name(const PyTypeObject *type)
{
	const char *dot = strrchr(type->tp_name, '.');

	return dot ? dot + 1 : type->tp_name;
}

/* ---- one type after the other ------------------------------------------------------------------ */

static PyObject *fspy_no_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
	(void)args, (void)keywords;
	PyErr_Format(PyExc_TypeError, "cannot create '%.100s' instances", type->tp_name);
	return NULL;
}

static PyObject *fspy_cpu_repr(PyObject *self)
{
	const featset_cpu_t *cpu = FSPY_POINTER(self);
	const featset_baseline_t *uarch = featset_identify(cpu);
	PyObject *brand = fspy_string(featset_cpu_brand(cpu)), *vendor = fspy_string(featset_cpu_vendor(cpu));
	unsigned count = featset_count(featset_cpu_features(cpu));
	PyObject *result = NULL;

	if (brand && vendor)
		result = PyUnicode_FromFormat("<featset.Cpu %U%s%s%s%U%s%u features>", vendor,
					      PyUnicode_GET_LENGTH(vendor) ? " " : "",
					      uarch ? featset_baseline_name(uarch) : "", uarch ? " " : "", brand,
					      PyUnicode_GET_LENGTH(brand) ? ", " : "", count);
	Py_XDECREF(brand);
	Py_XDECREF(vendor);
	return result;
}

static PyObject *fspy_baseline_repr(PyObject *self)
{
	return PyUnicode_FromFormat("baseline('%s')", featset_baseline_name(FSPY_POINTER(self)));
}

static PyObject *fspy_baseline_str(PyObject *self)
{
	return fspy_string(featset_baseline_name(FSPY_POINTER(self)));
}

static PyObject *fspy_level_repr(PyObject *self)
{
	const featset_level_t *level = FSPY_POINTER(self);
	size_t hosts = featset_level_hosts(level);

	return PyUnicode_FromFormat("<featset.Level of %zu host%s under %s: %u features>", hosts, hosts == 1 ? "" : "s",
				    featset_rule_name(featset_level_rule(level)),
				    featset_count(featset_cpu_features(featset_level_cpu(level))));
}

static PyObject *fspy_inventory_repr(PyObject *self)
{
	size_t hosts = featset_inventory_hosts(FSPY_POINTER(self));

	return PyUnicode_FromFormat("<featset.Inventory of %zu host%s in format '%s'>", hosts, hosts == 1 ? "" : "s",
				    featset_inventory_format(FSPY_POINTER(self)));
}

/* What a class of the package is made of, and nobody else's. */
static PyObject *fspy_core_repr(PyObject *self)
{
	return PyUnicode_FromFormat("<%s>", Py_TYPE(self)->tp_name);
}

static Py_ssize_t fspy_inventory_length(PyObject *self)
{
	return (Py_ssize_t)featset_inventory_hosts(FSPY_POINTER(self));
}

static PyObject *fspy_inventory_item(PyObject *self, Py_ssize_t index)
{
	PyObject *type, *host;

	if (index < 0 || index >= fspy_inventory_length(self)) {
		PyErr_SetString(PyExc_IndexError, "the inventory has no host of that index");
		return NULL;
	}
	type = fspy_attribute("Host");
	if (!type)
		return NULL;
	host = PyObject_CallFunction(type, "On", self, index);
	Py_DECREF(type);
	return host;
}

static PyObject *fspy_inventory_cpu(PyObject *self, void *unused)
{
	const featset_cpu_t *cpu = fspy_only_host(FSPY_POINTER(self));

	(void)unused;
	return cpu ? fspy_pointer(featset_cpu_copy(cpu), SWIGTYPE_p_featset_cpu, SWIG_POINTER_OWN) : NULL;
}

static PyObject *fspy_inventory_features(PyObject *self, void *unused)
{
	const featset_cpu_t *cpu = fspy_only_host(FSPY_POINTER(self));

	(void)unused;
	return cpu ? fspy_set_new(featset_cpu_features(cpu)) : NULL;
}

static PyObject *fspy_inventory_vms(PyObject *self, void *unused)
{
	(void)unused;
	return fspy_records((fsg_records){ FSPY_POINTER(self), FEATSET_RECORD_VM });
}

/* By index, name or UUID. */
static PyObject *fspy_inventory_remove(PyObject *self, PyObject *args)
{
	featset_error_t error = { .code = FEATSET_OK };
	featset_inventory_t *made = NULL;
	PyObject *name, *which;
	featset_record_t kind;
	size_t index;

	if (!PyArg_UnpackTuple(args, "remove", 2, 2, &name, &which) || fspy_kind_in(name, &kind) < 0)
		return NULL;
	if (PyUnicode_Check(which)) {
		const char *text = fspy_text(which);

		if (!text)
			return NULL;
		index = fsg_record_find(&error, FSPY_POINTER(self), kind, text);
	} else if (fspy_size(which, "an index, a name or a UUID", &index) < 0)
		return NULL;
	if (error.code == FEATSET_OK)
		made = featset_inventory_reduced(FSPY_POINTER(self), &error, kind, index);
	if (made)
		return fspy_pointer(made, SWIGTYPE_p_featset_inventory, SWIG_POINTER_OWN);
	fspy_raise(&error, 0);
	return NULL;
}

static PyObject *fspy_inventory_pool(PyObject *self, PyObject *unused)
{
	PyObject *type = fspy_attribute("Pool"), *pool;

	(void)unused;
	if (!type)
		return NULL;
	pool = PyObject_CallFunctionObjArgs(type, self, NULL);
	Py_DECREF(type);
	return pool;
}

static PyGetSetDef fspy_inventory_getset[] = {
	{ "vms", fspy_inventory_vms, NULL, "The records of its VMs: records('vm').", NULL },
	{ "cpu", fspy_inventory_cpu, NULL, "The CPU of the only host; ValueError when there are several.", NULL },
	{ "features", fspy_inventory_features, NULL,
	  "The features of the only host; ValueError when there are several.", NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

static PyObject *fspy_baseline_reduce(PyObject *self, PyObject *unused)
{
	PyObject *maker = fspy_attribute("baseline");

	(void)unused;
	return maker ? Py_BuildValue("N(s)", maker, featset_baseline_name(FSPY_POINTER(self))) : NULL;
}

static PyObject *fspy_no_reduce(PyObject *self, PyObject *unused)
{
	(void)unused;
	PyErr_Format(PyExc_TypeError, "cannot pickle '%.100s' object", Py_TYPE(self)->tp_name);
	return NULL;
}

#define FSPY_COPIES                                                                                        \
	{ "__copy__", fspy_self, METH_NOARGS, "__copy__($self, /)\n--\n\nItself: it never changes." }, {   \
		"__deepcopy__", fspy_self, METH_O, "__deepcopy__($self, memo, /)\n--\n\nItself: it never changes." \
	}

static PyMethodDef fspy_baseline_methods[] = {
	FSPY_COPIES,
	{ "__reduce__", fspy_baseline_reduce, METH_NOARGS, "__reduce__($self, /)\n--\n\nFor pickle." },
	{ NULL, NULL, 0, NULL },
};

static PyMethodDef fspy_plain_methods[] = {
	FSPY_COPIES,
	{ "__reduce__", fspy_no_reduce, METH_NOARGS, "__reduce__($self, /)\n--\n\nIt cannot be pickled." },
	{ NULL, NULL, 0, NULL },
};

static PyMethodDef fspy_inventory_methods[] = {
	FSPY_COPIES,
	{ "__reduce__", fspy_no_reduce, METH_NOARGS, "__reduce__($self, /)\n--\n\nIt cannot be pickled." },
	{ "copy", fspy_self, METH_NOARGS, "copy($self, /)\n--\n\nItself: it never changes." },
	{ "remove", fspy_inventory_remove, METH_VARARGS,
	  "remove($self, kind, which, /)\n--\n\n"
	  "A new inventory without one record of a kind, by its index, name or UUID.\n\n"
	  "IndexError or UnknownNameError when there is none, AmbiguousNameError when\n"
	  "several have the name." },
	{ "pool", fspy_inventory_pool, METH_NOARGS,
	  "pool($self, /)\n--\n\nThe Pool that it tells of; InputError when it has no host." },
	{ NULL, NULL, 0, NULL },
};

/* SWIG's destructor for a type that owns nothing would leak the object. */
static void fspy_borrowed_dealloc(PyObject *self)
{
	Py_TYPE(self)->tp_free(self);
}

/* ---- before and after PyType_Ready ---------------------------------------------------------------- */

typedef struct fspy_kind {
	const char *name;
	PyTypeObject **type;
	reprfunc repr;
	PyMethodDef *methods;
	PyGetSetDef *getset;
} fspy_kind;

static const fspy_kind fspy_kinds[] = {
	{ "FeatureSet", &fspy_set_type, NULL, fspy_set_methods, NULL },
	{ "Cpu", &fspy_cpu_type, fspy_cpu_repr, fspy_plain_methods, NULL },
	{ "Baseline", &fspy_baseline_type, fspy_baseline_repr, fspy_baseline_methods, NULL },
	{ "Level", &fspy_level_type, fspy_level_repr, fspy_plain_methods, NULL },
	{ "Inventory", &fspy_inventory_type, fspy_inventory_repr, fspy_inventory_methods,
	  fspy_inventory_getset },
	{ "PoolCore", &fspy_pool_type, fspy_core_repr, fspy_plain_methods, NULL },
	{ "ChangeCore", &fspy_change_type, fspy_core_repr, fspy_plain_methods, NULL },
	{ "ExplanationCore", &fspy_explanation_type, fspy_core_repr, fspy_plain_methods, NULL },
	{ "PolicyCore", &fspy_policy_type, fspy_core_repr, fspy_plain_methods, NULL },
};

enum { FSPY_KINDS = sizeof(fspy_kinds) / sizeof(fspy_kinds[0]) };

static const fspy_kind *fspy_kind_of(const PyTypeObject *type)
{
	for (size_t i = 0; i < FSPY_KINDS; i++)
		if (!strcmp(fspy_kinds[i].name, fspy_type_name(type)))
			return &fspy_kinds[i];
	return NULL;
}

/* An attribute that SWIG gives every type and that would hang loose. */
static void fspy_drop_dict(PyGetSetDef *getset)
{
	PyGetSetDef *to = getset;

	for (; getset && getset->name; getset++)
		if (strcmp(getset->name, "__dict__"))
			*to++ = *getset;
	if (to)
		to->name = NULL;
}

static void fspy_document(PyTypeObject *type)
{
	const char *name = fspy_type_name(type), *text = fspy_doc_find("", name);

	type->tp_doc = text;
	for (PyGetSetDef *getset = type->tp_getset; getset && getset->name; getset++)
		if ((text = fspy_doc_find(name, getset->name)))
			getset->doc = text;
	for (PyMethodDef *method = type->tp_methods; method && method->ml_name; method++)
		if ((text = fspy_doc_find(name, method->ml_name)))
			method->ml_doc = text;
}

/* In place of SwigPyBuiltin_InitBases, right before PyType_Ready. */
static void fspy_prepare(PyTypeObject *type, PyTypeObject **bases)
{
	const fspy_kind *kind = fspy_kind_of(type);

	SwigPyBuiltin_InitBases(type, bases);
	fspy_drop_dict(type->tp_getset);
	fspy_document(type);
	type->tp_dictoffset = 0;
	type->tp_new = fspy_no_new;
	type->tp_init = NULL;
	if (!kind)
		return;
	*kind->type = type;
	type->tp_repr = kind->repr;
	if (type == fspy_set_type) {
		fspy_set_prepare(type);
		return;
	}
	type->tp_flags &= ~(unsigned long)Py_TPFLAGS_BASETYPE;
	if (type == fspy_baseline_type) {
		type->tp_str = fspy_baseline_str;
		type->tp_dealloc = fspy_borrowed_dealloc;
	} else if (type == fspy_inventory_type) {
		type->tp_iter = PySeqIter_New;
		type->tp_as_sequence->sq_length = fspy_inventory_length;
		type->tp_as_sequence->sq_item = fspy_inventory_item;
	}
}

/* SWIG's common base must have nothing that Python code can call. */
static void fspy_strip_base(PyTypeObject *base)
{
	static const char *const names[] = { "disown", "acquire", "own", "append", "next", "__repr__",
					       "__int__" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (PyDict_DelItemString(base->tp_dict, names[i]) < 0)
			PyErr_Clear();
	base->tp_name = "featset._Object";
	base->tp_doc = NULL;
	base->tp_new = fspy_no_new;
	base->tp_as_number->nb_int = NULL;
}

static int fspy_add_descriptors(const fspy_kind *kind)
{
	PyTypeObject *type = *kind->type;
	int status = 0;

	for (PyMethodDef *method = kind->methods; method->ml_name && !status; method++) {
		PyObject *descriptor = method->ml_flags & METH_CLASS ? PyDescr_NewClassMethod(type, method) :
								       PyDescr_NewMethod(type, method);

		status = descriptor ? PyDict_SetItemString(type->tp_dict, method->ml_name, descriptor) : -1;
		Py_XDECREF(descriptor);
	}
	for (PyGetSetDef *getset = kind->getset; getset && getset->name && !status; getset++) {
		PyObject *descriptor = PyDescr_NewGetSet(type, getset);

		status = descriptor ? PyDict_SetItemString(type->tp_dict, getset->name, descriptor) : -1;
		Py_XDECREF(descriptor);
	}
	return status;
}

static int fspy_finish(PyObject *module)
{
	for (size_t i = 0; i < FSPY_KINDS; i++) {
		PyTypeObject *type = *fspy_kinds[i].type;

		if (PyDict_DelItemString(type->tp_dict, "this") < 0 || PyDict_DelItemString(type->tp_dict, "thisown") < 0)
			PyErr_Clear();
		if (fspy_add_descriptors(&fspy_kinds[i]) < 0)
			return -1;
		PyType_Modified(type);
	}
	if (PyType_Ready(&fspy_array_type) < 0)
		return -1;
	Py_INCREF(&fspy_array_type);
	return PyModule_AddObject(module, "FeatureSetArray", (PyObject *)&fspy_array_type);
}

/* SWIG calls a method Level_lost; a message says lost(). */
static int fspy_parse(PyObject *args, PyObject *keywords, const char *format, char **names, ...)
{
	const char *colon = strchr(format, ':');
	char plain[80];
	va_list list;
	int status;

	snprintf(plain, sizeof(plain), "%s", format);
	for (size_t i = 0; colon && i < FSPY_KINDS; i++) {
		size_t length = strlen(fspy_kinds[i].name);

		if (!strncmp(colon + 1, fspy_kinds[i].name, length) && colon[length + 1] == '_')
			snprintf(plain, sizeof(plain), "%.*s%s", (int)(colon + 1 - format), format, colon + length + 2);
	}
	va_start(list, names);
	status = PyArg_VaParseTupleAndKeywords(args, keywords, plain, names, list);
	va_end(list);
	return status;
}

#undef PyArg_ParseTupleAndKeywords
#define PyArg_ParseTupleAndKeywords fspy_parse
#define SwigPyBuiltin_InitBases fspy_prepare
#define SwigPyBuiltin_SetMetaType(type, metatype) ((void)(metatype))
