/* SPDX-License-Identifier: MIT */
/*
 * set.h - what makes SWIG's FeatureSet a frozen set
 *
 * The hot slots are written out: SWIG's own would allocate the set apart and
 * pass through a tuple of arguments.
 */

/* ---- features ----------------------------------------------------------------------------- */

/* The Feature of each number, made when it is first asked for. */
static PyObject *fspy_features[FEATSET_BITS];

static PyObject *fspy_feature(featset_feature_t number)
{
	if (!fspy_features[number]) {
		PyObject *type = fspy_attribute("Feature"), *feature;

		if (!type)
			return NULL;
		feature = PyObject_CallFunction(type, "I", number);
		Py_DECREF(type);
		if (!feature)
			return NULL;
		Py_XSETREF(fspy_features[number], feature);
	}
	Py_INCREF(fspy_features[number]);
	return fspy_features[number];
}

/* None for FEATSET_FEATURE_NONE. */
static PyObject *fspy_feature_or_none(featset_feature_t number)
{
	if (number >= FEATSET_BITS)
		Py_RETURN_NONE;
	return fspy_feature(number);
}

/* ---- making and unmaking ---------------------------------------------------------------------- */

static PyObject *fspy_set_tp_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
	PyObject *items = NULL;
	featset_t set;

	if (type == fspy_set_type && keywords && PyDict_GET_SIZE(keywords)) {
		PyErr_SetString(PyExc_TypeError, "FeatureSet() takes no keyword arguments");
		return NULL;
	}
	if (!PyArg_UnpackTuple(args, "FeatureSet", 0, 1, &items))
		return NULL;
	if (items && type == fspy_set_type && Py_TYPE(items) == type) {
		Py_INCREF(items);
		return items;
	}
	featset_clear(&set);
	if (items && fspy_set_in(items, &set) < 0)
		return NULL;
	return fspy_set_make(type, &set);
}

static void fspy_set_tp_dealloc(PyObject *self)
{
	if (((fspy_set *)self)->weak)
		PyObject_ClearWeakRefs(self);
	Py_TYPE(self)->tp_free(self);
}

/* ---- operators ------------------------------------------------------------------------------------ */

static PyObject *fspy_set_tp_richcompare(PyObject *left, PyObject *right, int operation)
{
	const featset_t *a = fspy_set_of(left), *b = fspy_set_of(right);
	bool answer = false;

	if (!a || !b)
		Py_RETURN_NOTIMPLEMENTED;
	switch (operation) {
	case Py_LE:
		answer = featset_subset(a, b);
		break;
	case Py_GE:
		answer = featset_subset(b, a);
		break;
	case Py_LT:
		answer = featset_subset(a, b) && !featset_equal(a, b);
		break;
	case Py_GT:
		answer = featset_subset(b, a) && !featset_equal(a, b);
		break;
	case Py_EQ:
		answer = featset_equal(a, b);
		break;
	case Py_NE:
		answer = !featset_equal(a, b);
		break;
	}
	return PyBool_FromLong(answer);
}

#define FSPY_OPERATOR(name, combine)                                         \
	static PyObject *name(PyObject *left, PyObject *right)               \
	{                                                                    \
		const featset_t *a = fspy_set_of(left), *b = fspy_set_of(right); \
		featset_t result;                                            \
                                                                             \
		if (!a || !b)                                                \
			Py_RETURN_NOTIMPLEMENTED;                            \
		combine(&result, a, b);                                      \
		return fspy_set_new(&result);                                \
	}

FSPY_OPERATOR(fspy_set_nb_and, featset_and)
FSPY_OPERATOR(fspy_set_nb_or, featset_or)
FSPY_OPERATOR(fspy_set_nb_xor, featset_xor)
FSPY_OPERATOR(fspy_set_nb_subtract, featset_minus)

static int fspy_set_nb_bool(PyObject *self)
{
	return !featset_is_empty(fspy_set_of(self));
}

static Py_hash_t fspy_set_tp_hash(PyObject *self)
{
	Py_hash_t hash = (Py_hash_t)featset_hash(fspy_set_of(self));

	return hash == -1 ? -2 : hash;
}

static Py_ssize_t fspy_set_length(PyObject *self)
{
	return (Py_ssize_t)featset_count(fspy_set_of(self));
}

/* A number that no feature has, and what is neither number nor name, is simply not in it. */
static int fspy_set_contains(PyObject *self, PyObject *item)
{
	featset_feature_t feature;

	if (PyIndex_Check(item)) {
		PyObject *number = PyNumber_Index(item);
		int overflow = 0;
		long index;

		if (!number)
			return -1;
		index = PyLong_AsLongAndOverflow(number, &overflow);
		Py_DECREF(number);
		return !overflow && index >= 0 && index < FEATSET_BITS &&
		       featset_has(fspy_set_of(self), (featset_feature_t)index);
	}
	if (!PyUnicode_Check(item))
		return 0;
	if (fspy_feature_in(item, &feature) < 0)
		return -1;
	return featset_has(fspy_set_of(self), feature);
}

/* Grown item by item: making a Feature runs Python, and the collector shows a list to whoever asks. */
static PyObject *fspy_set_list(const featset_t *set)
{
	PyObject *list = PyList_New(0);

	for (featset_feature_t f = featset_next(set, 0); list && f < FEATSET_BITS; f = featset_next(set, f + 1))
		fspy_append(&list, fspy_feature(f));
	return list;
}

static PyObject *fspy_set_tp_iter(PyObject *self)
{
	PyObject *list = fspy_set_list(fspy_set_of(self)), *iterator;

	if (!list)
		return NULL;
	iterator = PyObject_GetIter(list);
	Py_DECREF(list);
	return iterator;
}

static PyObject *fspy_set_names(const featset_t *set, featset_dialect_t dialect)
{
	PyObject *list = PyList_New(0);

	for (featset_feature_t f = featset_next(set, 0); list && f < FEATSET_BITS; f = featset_next(set, f + 1)) {
		char text[128];

		featset_feature_spell(text, sizeof(text), f, dialect);
		fspy_append(&list, fspy_string(text));
	}
	return list;
}

/* Bits of number fields have no spelling; a set that came from raw memory may hold some. */
static PyObject *fspy_set_numbers(const featset_t *set, const char *type, PyObject *before)
{
	PyObject *list = PyList_New(0), *result = NULL;

	for (featset_feature_t f = featset_next(set, 0); list && f < FEATSET_BITS; f = featset_next(set, f + 1))
		fspy_append(&list, PyLong_FromLong((long)f));
	if (list)
		result = PyUnicode_FromFormat("%U | %s(%R)", before, type, list);
	Py_XDECREF(list);
	return result;
}

static PyObject *fspy_set_tp_repr(PyObject *self)
{
	const char *dot = strrchr(Py_TYPE(self)->tp_name, '.'), *type = dot ? dot + 1 : Py_TYPE(self)->tp_name;
	featset_t flags = fsg_flags(), rest;
	PyObject *names, *blank, *joined, *result;

	featset_minus(&rest, fspy_set_of(self), &flags);
	featset_and(&flags, fspy_set_of(self), &flags);
	names = fspy_set_names(&flags, FEATSET_CANONICAL);
	blank = PyUnicode_FromString(" ");
	joined = names && blank ? PyUnicode_Join(blank, names) : NULL;
	result = !joined                  ? NULL :
		 featset_is_empty(&flags) ? PyUnicode_FromFormat("%s()", type) :
					    PyUnicode_FromFormat("%s('%U')", type, joined);
	Py_XDECREF(names);
	Py_XDECREF(blank);
	Py_XDECREF(joined);
	if (result && !featset_is_empty(&rest)) {
		PyObject *whole = fspy_set_numbers(&rest, type, result);

		Py_DECREF(result);
		result = whole;
	}
	return result;
}

static int fspy_set_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
	return PyBuffer_FillInfo(view, self, &((fspy_set *)self)->set, sizeof(featset_t), 1, flags);
}

/* ---- methods ------------------------------------------------------------------------------------- */

typedef void fspy_combine(featset_t *dst, const featset_t *a, const featset_t *b);

static PyObject *fspy_set_fold(PyObject *self, PyObject *others, fspy_combine *combine)
{
	featset_t result = *fspy_set_of(self), other;

	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(others); i++) {
		if (fspy_set_in(PyTuple_GET_ITEM(others, i), &other) < 0)
			return NULL;
		combine(&result, &result, &other);
	}
	return fspy_set_new(&result);
}

static PyObject *fspy_set_union(PyObject *self, PyObject *others)
{
	return fspy_set_fold(self, others, featset_or);
}

static PyObject *fspy_set_intersection(PyObject *self, PyObject *others)
{
	return fspy_set_fold(self, others, featset_and);
}

static PyObject *fspy_set_difference(PyObject *self, PyObject *others)
{
	return fspy_set_fold(self, others, featset_minus);
}

static PyObject *fspy_set_symmetric_difference(PyObject *self, PyObject *object)
{
	featset_t other;

	if (fspy_set_in(object, &other) < 0)
		return NULL;
	featset_xor(&other, fspy_set_of(self), &other);
	return fspy_set_new(&other);
}

static PyObject *fspy_set_issubset(PyObject *self, PyObject *object)
{
	featset_t other;

	if (fspy_set_in(object, &other) < 0)
		return NULL;
	return PyBool_FromLong(featset_subset(fspy_set_of(self), &other));
}

static PyObject *fspy_set_issuperset(PyObject *self, PyObject *object)
{
	featset_t other;

	if (fspy_set_in(object, &other) < 0)
		return NULL;
	return PyBool_FromLong(featset_subset(&other, fspy_set_of(self)));
}

static PyObject *fspy_set_isdisjoint(PyObject *self, PyObject *object)
{
	featset_t other;

	if (fspy_set_in(object, &other) < 0)
		return NULL;
	return PyBool_FromLong(featset_disjoint(fspy_set_of(self), &other));
}

/* It never changes, so it is its own copy. */
static PyObject *fspy_self(PyObject *self, PyObject *unused)
{
	(void)unused;
	Py_INCREF(self);
	return self;
}

static PyObject *fspy_set_names_method(PyObject *self, PyObject *args, PyObject *keywords)
{
	static char *names[] = { "dialect", NULL };
	featset_dialect_t dialect = FEATSET_CANONICAL;
	PyObject *name = Py_None;

	if (!PyArg_ParseTupleAndKeywords(args, keywords, "|O:names", names, &name) ||
	    fspy_dialect(name, &dialect) < 0)
		return NULL;
	return fspy_set_names(fspy_set_of(self), dialect);
}

/* Lane by lane, the low byte first, whatever the machine. */
static PyObject *fspy_set_to_bytes(PyObject *self, PyObject *unused)
{
	const featset_t *set = fspy_set_of(self);
	char bytes[sizeof(featset_t)];

	(void)unused;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(set->lane[i / 8] >> (i % 8 * 8) & 0xff);
	return PyBytes_FromStringAndSize(bytes, sizeof(bytes));
}

static PyObject *fspy_set_from_bytes(PyObject *type, PyObject *object)
{
	PyObject *plain, *result;
	Py_buffer view;
	featset_t set;

	if (fspy_buffer(object, &view) < 0)
		return NULL;
	if (view.len != sizeof(set)) {
		PyErr_Format(PyExc_ValueError, "a set is %zu bytes, not %zd", sizeof(set), view.len);
		PyBuffer_Release(&view);
		return NULL;
	}
	featset_clear(&set);
	for (size_t i = 0; i < sizeof(set); i++)
		set.lane[i / 8] |= (uint64_t)((const unsigned char *)view.buf)[i] << (i % 8 * 8);
	PyBuffer_Release(&view);
	plain = fspy_set_new(&set);
	if (!plain || type == (PyObject *)fspy_set_type)
		return plain;
	result = PyObject_CallFunctionObjArgs(type, plain, NULL);
	Py_DECREF(plain);
	return result;
}

/* What a subclass has beside the set: its __dict__, or None. */
static PyObject *fspy_set_state(PyObject *self)
{
	PyObject *state = Py_TYPE(self) == fspy_set_type ? NULL : PyObject_GetAttrString(self, "__dict__");

	if (state || (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_AttributeError)))
		return state;
	PyErr_Clear();
	Py_RETURN_NONE;
}

static PyObject *fspy_set_reduce(PyObject *self, PyObject *unused)
{
	PyObject *state = fspy_set_state(self), *maker;

	if (!state)
		return NULL;
	maker = PyObject_GetAttrString((PyObject *)Py_TYPE(self), "from_bytes");
	if (maker)
		return Py_BuildValue("N(N)N", maker, fspy_set_to_bytes(self, unused), state);
	Py_DECREF(state);
	return NULL;
}

/* A set never changes and is its own copy; what a subclass adds may. */
static PyObject *fspy_set_copy(PyObject *self, PyObject *memo)
{
	PyObject *state = fspy_set_state(self), *copier, *deep, *result = NULL;

	if (!state || state == Py_None) {
		Py_XDECREF(state);
		return state ? fspy_self(self, NULL) : NULL;
	}
	if (memo) {
		copier = PyImport_ImportModule("copy");
		deep = copier ? PyObject_CallMethod(copier, "deepcopy", "OO", state, memo) : NULL;
		Py_XDECREF(copier);
		Py_DECREF(state);
		state = deep;
	}
	if (state)
		result = fspy_set_make(Py_TYPE(self), fspy_set_of(self));
	deep = result ? PyObject_GetAttrString(result, "__dict__") : NULL;
	if (!deep || !PyDict_Check(deep) || PyDict_Update(deep, state) < 0) {
		if (deep && !PyErr_Occurred())
			fspy_refuse(deep, "a dict");
		Py_CLEAR(result);
	}
	Py_XDECREF(deep);
	Py_XDECREF(state);
	return result;
}

static PyObject *fspy_set_html(PyObject *self, PyObject *unused)
{
	PyObject *make = fspy_attribute("_html"), *html;

	(void)unused;
	if (!make)
		return NULL;
	html = PyObject_CallFunctionObjArgs(make, self, NULL);
	Py_DECREF(make);
	return html;
}

#define FSPY_KEYWORDS(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef fspy_set_methods[] = {
	{ "union", fspy_set_union, METH_VARARGS,
	  "union($self, /, *others)\n--\n\nWhat this set or any of the others holds." },
	{ "intersection", fspy_set_intersection, METH_VARARGS,
	  "intersection($self, /, *others)\n--\n\nWhat this set and all of the others hold." },
	{ "difference", fspy_set_difference, METH_VARARGS,
	  "difference($self, /, *others)\n--\n\nWhat this set holds and none of the others does." },
	{ "symmetric_difference", fspy_set_symmetric_difference, METH_O,
	  "symmetric_difference($self, other, /)\n--\n\nWhat exactly one of the two holds." },
	{ "issubset", fspy_set_issubset, METH_O,
	  "issubset($self, other, /)\n--\n\nDoes the other set hold everything that this one holds?" },
	{ "issuperset", fspy_set_issuperset, METH_O,
	  "issuperset($self, other, /)\n--\n\nDoes this set hold everything that the other one holds?" },
	{ "isdisjoint", fspy_set_isdisjoint, METH_O,
	  "isdisjoint($self, other, /)\n--\n\nDo they have no feature in common?" },
	{ "names", FSPY_KEYWORDS(fspy_set_names_method), METH_VARARGS | METH_KEYWORDS,
	  "names($self, /, dialect=None)\n--\n\n"
	  "The names of the features in order of number, as a dialect spells them\n"
	  "('linux', 'xen', 'qemu' ...).  A feature that has no name there is spelt\n"
	  "canonically, a bit without any name by its place, such as '7.0.ecx[15]'." },
	{ "copy", fspy_self, METH_NOARGS, "copy($self, /)\n--\n\nThe set itself: it never changes." },
	{ "__copy__", fspy_set_copy, METH_NOARGS, "__copy__($self, /)\n--\n\nThe set itself: it never changes." },
	{ "__deepcopy__", fspy_set_copy, METH_O, "__deepcopy__($self, memo, /)\n--\n\nThe set itself: it never changes." },
	{ "__reduce__", fspy_set_reduce, METH_NOARGS, "__reduce__($self, /)\n--\n\nFor pickle." },
	{ "to_bytes", fspy_set_to_bytes, METH_NOARGS,
	  "to_bytes($self, /)\n--\n\n"
	  "The set as 256 bytes: bit n % 8 of byte n // 8 is feature n, on every machine." },
	{ "from_bytes", fspy_set_from_bytes, METH_O | METH_CLASS,
	  "from_bytes($type, data, /)\n--\n\nThe set that to_bytes() gave." },
	{ "_repr_html_", fspy_set_html, METH_NOARGS,
	  "_repr_html_($self, /)\n--\n\nA table for notebooks: word by word, with a summary of each feature." },
	{ NULL, NULL, 0, NULL },
};

/* Called before the type is made ready. */
static void fspy_set_prepare(PyTypeObject *type)
{
	type->tp_basicsize = sizeof(fspy_set);
	type->tp_weaklistoffset = offsetof(fspy_set, weak);
	type->tp_new = fspy_set_tp_new;
	type->tp_dealloc = fspy_set_tp_dealloc;
	type->tp_richcompare = fspy_set_tp_richcompare;
	type->tp_hash = fspy_set_tp_hash;
	type->tp_iter = fspy_set_tp_iter;
	type->tp_repr = fspy_set_tp_repr;
	type->tp_as_number->nb_and = fspy_set_nb_and;
	type->tp_as_number->nb_or = fspy_set_nb_or;
	type->tp_as_number->nb_xor = fspy_set_nb_xor;
	type->tp_as_number->nb_subtract = fspy_set_nb_subtract;
	type->tp_as_number->nb_bool = fspy_set_nb_bool;
	type->tp_as_sequence->sq_length = fspy_set_length;
	type->tp_as_sequence->sq_contains = fspy_set_contains;
	type->tp_as_buffer->bf_getbuffer = fspy_set_getbuffer;
}
